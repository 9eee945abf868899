"""Which budgets a request draws on, and by how much. Pure: the book is read once and asked per request."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

from audit.rows import clip
from billing.core.accounts import SHADOW, account_of, by_payer
from billing.core.windows import Calendar, Window

END_USER_LENGTH = 256  # as the ledger keeps it: counters and ledger must name one user alike
EVERY_EXPERIMENT = "*"
KEEP_COUNTER_S = 2 * 86_400  # after its window's end, for the holds that are still to be settled


class Payer(Protocol):
    """Who pays: registry.directory.Consumer, or a row of the ledger."""

    @property
    def team(self) -> str: ...
    @property
    def application(self) -> str: ...
    @property
    def key_prefix(self) -> str: ...


@dataclass(frozen=True, slots=True)
class BudgetRule:
    """A hard budget as the data plane reads it. An empty part of the scope means "whichever"."""

    id: int
    name: str
    window: Window
    limit_nano: int
    team: str = ""
    application: str = ""
    api_key: str = ""
    end_user: str = ""
    each_end_user: bool = False  # every end user has this budget for himself
    model: str = ""
    experiment: str = ""  # the shadows of this experiment alone; EVERY_EXPERIMENT those of any

    def counter(self, start_s: int, end_user: str) -> str:
        """The name of its counter for the window that began at `start_s`."""
        if self.each_end_user:
            return f"b{self.id}:{start_s}:{sha256(end_user.encode('utf-8', 'replace')).hexdigest()[:32]}"
        return f"b{self.id}:{start_s}"


@dataclass(frozen=True, slots=True)
class HoldLine:
    """An amount to hold on one counter; refused where settled + reserved + amount would pass the limit."""

    counter_key: str
    limit_nano: int | None
    amount_nano: int
    budget_id: int
    model: str = ""  # settled with what this account cost (billing.core.accounts); "" with all but shadows
    expires_at_s: int = 0  # when the counter may be forgotten; 0 never


Scope = tuple[str, ...]  # team, application, key, end user, experiment


@dataclass(frozen=True, slots=True)
class BudgetBook:
    """The hard budgets in force, indexed by scope. `epoch` is that of the counters they are counted in.

    `version` is the directory's, so that an older book never replaces a newer one.
    """

    epoch: int
    version: int = 0
    rules: tuple[BudgetRule, ...] = ()
    _by_scope: dict[Scope, list[BudgetRule]] = field(default_factory=dict, repr=False, compare=False)
    _shapes: list[tuple[bool, ...]] = field(default_factory=list, repr=False, compare=False)
    _calendar: Calendar = field(default_factory=Calendar, repr=False, compare=False)

    def __post_init__(self) -> None:
        for rule in self.rules:
            scope = (rule.team, rule.application, rule.api_key, rule.end_user, rule.experiment)
            self._by_scope.setdefault(scope, []).append(rule)
            shape = tuple(map(bool, scope))
            if shape not in self._shapes:
                self._shapes.append(shape)

    def matching(self, payer: Payer, end_user: str) -> Iterator[BudgetRule]:
        """The budgets whose scope holds this payer, whatever their model.

        An end user that is not named is one user too: leaving the name out opens no way around.
        """
        payer_is = (payer.team, payer.application, payer.key_prefix, end_user, "")
        for shape in self._shapes:
            scope = tuple([part if asked else "" for part, asked in zip(payer_is, shape, strict=True)])
            if (
                tuple(map(bool, scope)) == shape
            ):  # else a part is empty, and these are another shape's budgets
                yield from self._by_scope.get(scope, ())

    def of_shadows(self, experiment: str) -> Iterator[BudgetRule]:
        """The budgets that pay for the shadows of this experiment: its own, those of all experiments, and
        those that cover everything. Never one of a team, an application, a key or an end user."""
        for named in ("", EVERY_EXPERIMENT, experiment):
            for rule in self._by_scope.get(("", "", "", "", named), ()):
                if not rule.each_end_user:
                    yield rule

    def lines(
        self,
        consumer: Payer,
        end_user: str,
        worst_case_nano: int,
        by_model: Mapping[str, int],
        now_us: int,
    ) -> tuple[HoldLine, ...]:
        """What to hold for a request that may cost `worst_case_nano`, and `by_model` of it per account.

        A budget for a model that the request can't reach is not drawn on. What shadows may cost is held on
        budgets of their own, and on none of who asks.
        """
        end_user = clip(end_user, END_USER_LENGTH)
        payers = by_payer(by_model) if SHADOW in "".join(by_model) else {"": by_model}
        shadows_nano = sum(sum(models.values()) for name, models in payers.items() if name)
        lines = []
        for rule in self.matching(consumer, end_user):
            amount = payers[""].get(rule.model) if rule.model else worst_case_nano - shadows_nano
            if amount is not None:
                lines.append(self._line(rule, amount, rule.model, now_us, end_user))
        for experiment, models in payers.items():
            for rule in self.of_shadows(experiment) if experiment else ():
                amount = models.get(rule.model) if rule.model else sum(models.values())
                if amount is not None:
                    account = account_of(rule.model, experiment)
                    lines.append(self._line(rule, amount, account, now_us))
        return tuple(lines)

    def _line(
        self, rule: BudgetRule, amount_nano: int, account: str, now_us: int, end_user: str = ""
    ) -> HoldLine:
        start_s, end_s = self.bounds_s(rule, now_us)
        return HoldLine(
            counter_key=rule.counter(start_s, end_user),
            limit_nano=rule.limit_nano,
            amount_nano=amount_nano,
            budget_id=rule.id,
            model=account,
            expires_at_s=0 if end_s is None else end_s + KEEP_COUNTER_S,
        )

    def bounds_s(self, rule: BudgetRule, now_us: int) -> tuple[int, int | None]:
        """Start and end of the rule's window, in seconds since the epoch; no end where it is all time."""
        return self._calendar.bounds_s(rule.window, now_us)

    def names(self) -> Mapping[int, str]:
        return {rule.id: rule.name for rule in self.rules}
