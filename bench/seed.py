"""The demo's configuration for the bench, with a key and budgets that a load can't exhaust.

Everything that governs stays on: matrix, rules, three budgets, a rate limit for the key, the register.
"""

import json
from decimal import Decimal

from signalbox.demo import catalogue
from signalbox.demo.seed import seed as seed_demo
from signalbox.demo.state import State

from billing.models import Budget
from billing.services import budgets
from registry.models import Application, DataClass, ProposalState, User
from registry.services import applying, approving, keys

BENCH_RATE_PER_MIN = 10_000_000


def seed(provider_port: int) -> None:
    """Prints what the bench needs to know, as JSON: the key, and the id that the direct call uses."""
    state = State(provider_port=provider_port)
    seed_demo(state)
    application = Application.objects.get(name="helpdesk")
    created = keys.create(
        actor=None,
        application=application,
        name="bench",
        clearance=DataClass.objects.get(name="confidential"),
        default_data_class=DataClass.objects.get(name="internal"),
        requests_per_min=BENCH_RATE_PER_MIN,
        tokens_per_min=2_000_000_000,
    )
    for name, scope in (
        ("bench application", {"application": application}),
        ("bench key", {"api_key": created.token[3:15]}),
    ):
        budgets.save(
            budget=Budget(name=name, window="month", limit_usd=Decimal(1_000_000), **scope), actor=None
        )
    month = Budget.objects.get(name="support this month")
    month.limit_usd = Decimal(1_000_000)
    admin, approver = (User.objects.get(username=name) for name in ("admin", "approver"))
    raised = budgets.save(budget=month, actor=admin, reason="A load must not exhaust it.").proposal
    if raised is not None and raised.state == ProposalState.SUBMITTED:
        raised = approving.approve(proposal=raised, actor=approver, digest=raised.digest)
        applying.apply(proposal=raised, actor=admin)
    print(json.dumps({"api_key": created.token, "upstream_model": catalogue.upstream_id("demo-economy")}))
