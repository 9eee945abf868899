"""What is done about what detectors find. A rule about a detector goes before the rule about its kind."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from registry.history import tracked
from registry.models import DataClass
from registry.models.base import Governed
from routing.detection.catalogue import DETECTORS, KIND_WORDS, finds_in_words, is_optional
from routing.detection.finding import Kind

FINDS_MAX_LENGTH = 64


class Action(models.TextChoices):
    NOTE = "note", "Only record it"
    REROUTE = "reroute", "Treat the request as of the class, and route it by that"
    REDACT = "redact", "Replace it by placeholders before it leaves, and restore it in the answer"
    REFUSE = "refuse", "Refuse the request"


class OutputAction(models.TextChoices):
    NOTHING = "nothing", "Nothing: answers are not looked at"
    NOTE = "note", "Only record it"
    REDACT = "redact", "Replace it in the answer"
    CUT = "cut", "Withhold the answer, or end the stream with an error"


def finds_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Kinds, then single detectors, as a form groups them."""
    kinds = [(kind.value, words[0].upper() + words[1:]) for kind, words in KIND_WORDS.items()]
    single = sorted(
        ((name, known.words[0].upper() + known.words[1:]) for name, known in DETECTORS.items()),
        key=lambda choice: choice[1],
    )
    return [("Everything of a kind", kinds), ("One detector", single)]


class DetectionRule(Governed):
    """One rule of the release: what is looked for, what class it is of, and what happens."""

    finds = models.CharField(
        "looks for",
        max_length=FINDS_MAX_LENGTH,
        unique=True,
        help_text="A rule about one detector goes before the rule about its kind.",
    )
    data_class = models.ForeignKey(
        DataClass,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="detection_rules",
        help_text="The class of data that this is. A key that is not cleared for it is refused.",
    )
    action = models.CharField("in requests", max_length=16, choices=Action.choices, default=Action.REROUTE)
    output = models.CharField(
        "in answers",
        max_length=16,
        choices=OutputAction.choices,
        default=OutputAction.NOTHING,
        help_text="Replacing and withholding delay a stream by some words; recording does not.",
    )
    enabled = models.BooleanField(default=True, help_text="Off: left out of the next release.")
    reason = models.TextField(blank=True, help_text="Why: an assessment, a clause.")

    history = tracked()

    class Meta:
        ordering = ["finds"]
        verbose_name = "detection rule"
        constraints = [
            models.CheckConstraint(condition=Q(action__in=Action.values), name="detection_action_known"),
            models.CheckConstraint(
                condition=Q(output__in=OutputAction.values), name="detection_output_known"
            ),
            models.CheckConstraint(
                condition=Q(action="note", data_class__isnull=True)
                | (~Q(action="note") & Q(data_class__isnull=False)),
                name="detection_class_unless_noted",
            ),
        ]

    def __str__(self) -> str:
        return self.in_words

    @property
    def finds_words(self) -> str:
        return finds_in_words(self.finds)

    @property
    def is_unscannable(self) -> bool:
        """Whether it is about what nobody reads, and therefore nobody can replace."""
        known = DETECTORS.get(self.finds)
        return self.finds == Kind.UNSCANNABLE or (known is not None and not known.redactable)

    @property
    def in_words(self) -> str:
        happens = {
            Action.NOTE: "only recorded",
            Action.REROUTE: f"the request is treated as {self.data_class} data",
            Action.REDACT: f"replaced before it leaves, being {self.data_class} data",
            Action.REFUSE: f"refused, being {self.data_class} data",
        }
        return f"{self.finds_words}: {happens[Action(self.action)]}"

    def clean(self) -> None:
        super().clean()
        problems: dict[str, str] = {}
        if self.finds not in DETECTORS and self.finds not in set(Kind):
            problems["finds"] = "There is no such kind and no such detector."
        if self.action == Action.NOTE and self.data_class_id:
            problems["data_class"] = "What is only recorded has no class: leave it empty."
        if self.action != Action.NOTE and not self.data_class_id:
            problems["data_class"] = "Say which class of data this is."
        if self.is_unscannable and self.action == Action.REDACT:
            problems["action"] = "What can't be read can't be replaced."
        if self.is_unscannable and self.output != OutputAction.NOTHING:
            problems["output"] = "Only texts of answers are looked at."
        elif is_optional(self.finds) and self.output != OutputAction.NOTHING:
            problems["output"] = (
                "Presidio looks at requests alone: it is too slow for answers as they stream."
            )
        if problems:
            raise ValidationError(problems)
