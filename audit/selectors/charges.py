"""What a charge was made of, in words: out of the `charge` that an attempt's entry keeps."""

from collections.abc import Mapping
from typing import Any

from audit.selectors import words

MAX_KINDS = 20
BASES = {
    "nothing": "nothing, the provider served nothing",
    "usage": "as the provider reported",
    "received": "the bound of what came before the stream was closed",
    "worst_case": "worst case, the provider told no usage",
}
# Kind → (how much of it in words, what its price is for); the others are tokens.
UNITS = {
    "picture": ("{} pictures", "each"),
    "characters": ("{} characters", "per million"),
    "request": ("{} request", "each"),
}
MS_PER_S = 1000


def basis_in_words(charge: Mapping[str, Any]) -> str:
    """What it was made by; empty where the entry does not say."""
    if charge.get("unpriced"):
        return f"worst case, no price is known for {_listed(charge['unpriced'])}"
    said = BASES.get(str(charge.get("basis", "")), "")
    return f"{said}, in a batch" if said and charge.get("batch") else said


def kinds_in_words(charge: Mapping[str, Any]) -> str:
    """“300 input tokens at $0.4 per million; 700 cache read tokens at $0.1 per million”."""
    told = [_kind(*line) for line in charge.get("kinds", ())[:MAX_KINDS]]
    factor = charge.get("factor_millionths")
    if factor is not None:
        told.append(f"all of it times {factor / 1_000_000:g}")
    return "; ".join(told)


def _kind(kind: str, count: int, rate_nano: int) -> str:
    if kind == "audio":
        return f"{count / MS_PER_S:,g} s of audio at {words.usd(rate_nano)} per hour"
    much, per = UNITS.get(kind, (f"{{}} {_listed([kind])} tokens", "per million"))
    return f"{much.format(words.number(count))} at {words.usd(rate_nano)} {per}"


def _listed(kinds: Any) -> str:
    return ", ".join(str(kind).replace("_", " ") for kind in kinds)
