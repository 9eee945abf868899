"""The database's own part in emergencies: nothing is applied unreviewed unless somebody who may do so has put
their name, a reason and an end to it; so many times a day; and each is taken back once."""

from collections.abc import Iterator

from registry.models.emergency import MAX_EMERGENCIES_A_DAY
from registry.triggers import Rule, holds_right

TABLE = "registry_brokenglass"
DAY_S, MAX_SKEW_S = 86_400, 3_600

UNDECIDED = """
  EXISTS (SELECT 1 FROM registry_proposal p WHERE p.id = NEW.proposal_id AND p.digest = NEW.digest
          AND p.state IN ('draft', 'submitted'))
"""
HAND_IN = """
  EXISTS (SELECT 1 FROM registry_proposaledit e
          WHERE e.proposal_id = NEW.proposal_id AND e.editor_id = NEW.actor_id)
"""
OF_TODAY = f"""
  (SELECT count(*) FROM {TABLE} b
   WHERE b.ends_id IS NULL AND epoch_s(b.at) > epoch_s(now) - {DAY_S})
"""  # noqa: S608  (all of it is written here)
AN_EMERGENCY = """
  EXISTS (SELECT 1 FROM registry_proposal p WHERE p.id = NEW.ends_id AND p.break_glass
          AND p.state = 'applied')
  AND NOT EXISTS (SELECT 1 FROM registry_brokenglass b WHERE b.proposal_id = NEW.ends_id
                  AND b.ends_id IS NOT NULL)
"""
NAMED = f"EXISTS (SELECT 1 FROM {TABLE} b WHERE b.proposal_id = NEW.id AND b.digest = NEW.digest)"  # noqa: S608


def rules() -> Iterator[Rule]:
    right = holds_right("NEW.actor_id", "'break_glass'")
    yield TABLE, "INSERT", f"NOT ({UNDECIDED})", "only what is undecided is applied unreviewed"
    yield (
        TABLE,
        "INSERT",
        f"NEW.ends_id IS NULL AND NOT ({right} AND {HAND_IN})",
        "who may not break the glass does not",
    )
    yield TABLE, "INSERT", f"NEW.ends_id IS NOT NULL AND NOT ({AN_EMERGENCY})", "there is nothing to end"
    # Or it would not count among today's.
    yield TABLE, "INSERT", f"epoch_s(NEW.at) < epoch_s(now) - {MAX_SKEW_S}", "the glass is broken now"
    yield (
        TABLE,
        "INSERT",
        f"NEW.ends_id IS NULL AND {OF_TODAY} >= {MAX_EMERGENCIES_A_DAY}",
        f"the glass is broken at most {MAX_EMERGENCIES_A_DAY} times a day",
    )
    for event in ("UPDATE", "DELETE"):
        yield TABLE, event, "1 = 1", f"{event} of {TABLE} is refused"
    yield (
        "registry_proposal",
        "UPDATE",
        f"NEW.break_glass AND NOT OLD.break_glass AND NOT {NAMED}",
        "nobody has broken the glass for it",
    )
    yield "registry_proposal", "INSERT", "NEW.break_glass", "nobody has broken the glass for it"
