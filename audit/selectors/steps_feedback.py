"""What was said of the answer, in a dossier."""

from audit.models import Feedback
from audit.selectors.sources import Sources
from audit.selectors.story import Cell, Step, Table, instant

HEADERS = ("Score", "Label", "Comment", "By the key", "For", "When")


def feedback(found: Sources) -> Step:
    if not found.feedback:
        return Step("feedback", "What was said of it", "No feedback was given.")
    stored = {content.slot for content in found.contents}
    rows = tuple(
        (
            Cell(f"{row.score / 1000:.3f}"),
            Cell(row.label or "none"),
            Cell(_comment(row, stored)),
            Cell(row.api_key, code=True),
            Cell(row.end_user or "the application"),
            Cell(instant(row.given_at) + (f", said {row.times} times" if row.times > 1 else "")),
        )
        for row in found.feedback
    )
    mean = sum(row.score for row in found.feedback) / len(rows) / 1000
    says = f"{len(rows)} said what they think of it: {mean:.2f} of 1 on average."
    if len(rows) == 1:
        says = f"It was scored {mean:.2f} of 1."
    return Step("feedback", "What was said of it", says, table=Table("Feedback", HEADERS, rows))


def _comment(row: Feedback, stored: set[str]) -> str:
    if not row.comment:
        return "none"
    return f"stored as {row.slot}, encrypted" if row.slot in stored else "given, and not stored"
