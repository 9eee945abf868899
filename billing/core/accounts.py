"""Accounts: whose money a part of a request is. Pure, and known to the counters by their text alone.

account            what
model              a call to this model, on the budgets of whoever asks
experiment#model   a call to this model by a shadow of this experiment, on the budgets of that

No name holds "#". A hold's account "experiment#" is everything that the experiment's shadows cost.
"""

from collections.abc import Mapping

SHADOW = "#"


def account_of(model: str, shadow_of: str = "") -> str:
    """`shadow_of` is the name of the experiment whose shadow makes the call."""
    return f"{shadow_of}{SHADOW}{model}" if shadow_of else model


def parts_of(account: str) -> tuple[str, str]:
    """(experiment, model); no experiment where it is not a shadow's."""
    experiment, mark, model = account.partition(SHADOW)
    return (experiment, model) if mark else ("", account)


def by_payer(amounts: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Amounts by model, of each experiment's shadows; those of the request itself under ""."""
    found: dict[str, dict[str, int]] = {"": {}}
    for account, amount in amounts.items():
        experiment, model = parts_of(account)
        of_payer = found.setdefault(experiment, {})
        of_payer[model] = of_payer.get(model, 0) + amount
    return found


def totals(amounts: Mapping[str, int]) -> tuple[int, dict[str, int]]:
    """What the request itself came to; and the amounts again, with the total of each experiment's shadows."""
    payers = by_payer(amounts)
    shadows = {f"{name}{SHADOW}": sum(models.values()) for name, models in payers.items() if name}
    return sum(payers[""].values()), {**amounts, **shadows}
