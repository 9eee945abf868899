"""The demo's configuration, written through the same services as an administrator's.

Idempotent: what is there already is left alone, so that changes made in the admin outlive a restart. Only
the endpoint of the demo provider follows its port.
"""

from collections.abc import Callable
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from billing.models import Budget
from billing.services import budgets
from registry.models import (
    ApiKey,
    Application,
    DataClass,
    ProposalState,
    Release,
    Source,
    Team,
    User,
)
from registry.services import applying, approving, proposals
from registry.services.rehearsal import rehearse
from routing.models import Policy
from routing.services import policies
from signalbox.demo import (
    catalogue,
    cleared,
    deployments,
    detection,
    history,
    lifecycle,
    patterns,
    people,
    real,
    tasks,
    waiting,
)
from signalbox.demo.rows import save_as
from signalbox.demo.state import State

SMALL_BUDGET_USD = Decimal("0.02")


def seed(state: State) -> None:
    """Make whatever is missing, put it in force where that changed anything, and fill in the state's keys."""
    cast = people.ensure(state.passwords)
    real.keep_credentials(cast.author)
    _put_in_force(cast, lambda: _configure(cast.author, state.provider_port))
    with transaction.atomic():
        classes = {row.name: row for row in DataClass.objects.all()}
        helpdesk = _application(cast.admin, "demo-support", "helpdesk", "Answers questions of customers.")
        notebook = _application(cast.admin, "demo-research", "notebook", "Trying things out.")
        _budgets(cast.admin, helpdesk, notebook)
        wanted = cleared.Wanted(cast.admin)
        state.api_key = wanted.key(state.api_key, helpdesk, classes["restricted"], classes["internal"])
        state.small_budget_key = wanted.key(
            state.small_budget_key, notebook, classes["internal"], classes["public"]
        )
        for team, name, purpose in catalogue.APPLICATIONS:
            other = _application(cast.admin, team, name, purpose)
            if not other.api_keys.filter(revoked_at__isnull=True).exists():
                wanted.key("", other, classes["restricted"], classes["internal"])
        wanted.ask(cast)


def past(state: State) -> None:
    """Record a week of traffic, once, and leave a proposal for the approver that changes what it would do."""
    cast = people.ensure(state.passwords)
    prefixes = {
        key.application.name: key.prefix
        for key in ApiKey.objects.filter(revoked_at__isnull=True).select_related("application")
    }
    prefixes |= {"helpdesk": state.api_key[3:15], "notebook": state.small_budget_key[3:15]}
    history.record_week(timezone.now(), prefixes)
    waiting.propose(cast.author)


def _configure(author: User, provider_port: int) -> None:
    """What is governed."""
    classes = deployments.data_classes(author)
    deployments.ensure(author, classes, f"http://127.0.0.1:{provider_port}/v1")
    detection.ensure(author, classes)
    if not Release.objects.exists():
        lifecycle.begin(author, timezone.now().date())
    tasks.ensure(author)
    _policies(author, real.ensure(author, classes))


def _policies(author: User, offered: list[str]) -> None:
    asked_for = tuple((f"asked-for-{name}", f"requested in {name}", f"model {name}") for name in offered)
    wanted = (
        ("standard", "By task, class and length, with fallbacks.", (*asked_for, *catalogue.STANDARD_RULES)),
        ("thrifty", "The cheapest model, or none.", catalogue.THRIFTY_RULES),
        *((name, told, (("all", "", route),)) for name, told, route in patterns.PATTERNS),
    )
    for name, description, rules in wanted:
        policy = Policy.objects.filter(name=name).first()
        known = set(policy.rules.values_list("name", flat=True)) if policy else set()
        if policy is not None and {rule[0] for rule in asked_for if name == "standard"} <= known:
            continue
        bands = patterns.BANDS.get(name)
        made = policy or Policy(name=name, description=description, tier_bands=bands)
        policy = policies.save(policy=made, actor=author)
        policies.replace_rules(
            policy=policy, rules=[policies.RuleText(*rule) for rule in rules], actor=author
        )


def _application(admin: User, team_name: str, name: str, purpose: str) -> Application:
    found = Application.objects.filter(name=name).first()
    if found:
        return found
    team = Team.objects.filter(name=team_name).first() or save_as(admin, Team(name=team_name))
    return save_as(admin, Application(team=team, name=name, purpose=purpose))


def _budgets(admin: User, helpdesk: Application, notebook: Application) -> None:
    wanted = (
        Budget(name="support this month", team=helpdesk.team, window="month", limit_usd=Decimal(50)),
        Budget(name="notebook a day", application=notebook, window="day", limit_usd=SMALL_BUDGET_USD),
    )
    for budget in wanted:
        if not Budget.objects.filter(name=budget.name).exists():
            budgets.save(budget=budget, actor=admin)


def _put_in_force(cast: people.Cast, work: Callable[[], None]) -> None:
    """As people would: the author proposes, and where something is in force already, the approver agrees."""
    changes = rehearse(work).changes
    if not changes:
        return
    first = not Release.objects.exists()
    title = "The demo's configuration" if first else "The demo was started again"
    proposal = proposals.draft(
        author=cast.author, title=title, reason="What the demo needs.", changes=changes, source=Source.COMMAND
    )
    proposal = proposals.submit(proposal=proposal, actor=cast.author)
    if proposal.state == ProposalState.SUBMITTED:
        proposal = approving.approve(proposal=proposal, actor=cast.approver, digest=proposal.digest)
    applying.apply(proposal=proposal, actor=cast.author)
