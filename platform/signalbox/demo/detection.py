"""The demo's detection rules: one of each thing that can happen."""

from registry.models import DataClass, User
from routing.models import DetectionRule
from signalbox.demo.rows import save_as

# looks for, class, in requests, in answers, why
RULES = (
    ("personal", "confidential", "reroute", "note", "Demo: personal data stays in the EU."),
    ("payment", "confidential", "redact", "redact", "Demo: card numbers leave as placeholders."),
    ("health", "restricted", "refuse", "nothing", "Demo: no model is approved for health data."),
    ("secret", "confidential", "refuse", "cut", "Demo: a key that was sent is a key that was leaked."),
    ("unscannable", None, "note", "nothing", "Demo: pictures are counted."),
)


def ensure(author: User, classes: dict[str, DataClass]) -> None:
    """Only where there is no rule at all: one that was taken out stays out."""
    if DetectionRule.objects.exists():
        return
    for finds, data_class, action, output, reason in RULES:
        rule = DetectionRule(finds=finds, action=action, output=output, reason=reason)
        rule.data_class = None if data_class is None else classes[data_class]
        save_as(author, rule)
