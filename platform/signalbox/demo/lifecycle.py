"""What the demo's models had shown before they were approved, what stands in for them, what ends soon."""

from datetime import date, timedelta

from registry.models import ChecklistItem, ChecklistRule, Deployment, ModelVersion, RollbackPlan, User
from signalbox.demo import catalogue
from signalbox.demo.rows import save_as

FRONTIER, STAND_IN, ENDING = "demo-frontier", "demo-workhorse", "demo-economy-us"
ENDS_IN_DAYS, EVIDENCE_DAYS = 25, 60
FINDINGS = (
    ("evaluation", "Solves 41 of the 50 tasks of our trial; the workhorse solves 33. (Invented.)"),
    ("safety", "Refused all 120 prompts of the red team's list. (Invented.)"),
    ("card", "The provider's card was read; its limits are on the model's page. (Invented.)"),
)


def begin(author: User, today: date) -> None:
    """Once, with the first configuration: what people make of it later is theirs."""
    frontier, stand_in = (_version(name) for name in (FRONTIER, STAND_IN))
    save_as(author, ChecklistRule(tier="frontier", slots=[slot for slot, _ in FINDINGS]))
    for slot, finding in FINDINGS:
        item = ChecklistItem(
            version=frontier,
            slot=slot,
            finding=finding,
            checked_by="author",
            checked_on=today,
            expires_on=today + timedelta(days=EVIDENCE_DAYS) if slot == "evaluation" else None,
        )
        save_as(author, item)
    notes = "Code and analysis go to the workhorse meanwhile."
    save_as(author, RollbackPlan(version=frontier, returns_to=stand_in, notes=notes))
    ending = Deployment.objects.get(name=ENDING)
    ending.retires_on = today + timedelta(days=ENDS_IN_DAYS)
    save_as(author, ending)


def _version(model: str) -> ModelVersion:
    return ModelVersion.objects.get(model__name=model, name=catalogue.VERSION)
