"""A request's dossier: its story from top to bottom, in words."""

from audit.selectors.sources import Sources, commitments, sources
from audit.selectors.steps_again import again
from audit.selectors.steps_calls import attempts, cost, ended
from audit.selectors.steps_decision import asked, candidates, decided, known, reserved
from audit.selectors.steps_feedback import feedback
from audit.selectors.steps_proof import content, register
from audit.selectors.steps_route import gates
from audit.selectors.steps_shape import shaped
from audit.selectors.story import Step

STEPS = (
    *(asked, known, decided, candidates, reserved, again),
    *(attempts, cost, shaped, gates, ended, feedback, register, content),
)


def dossier(found: Sources) -> list[Step]:
    """The steps, in the order in which they happened."""
    return [step(found) for step in STEPS]


__all__ = ["commitments", "dossier", "sources"]
