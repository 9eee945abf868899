"""Evaluation sets. They steer nothing by themselves: what is trained on one names its
digest, and is reviewed."""

from django.db import models
from django.db.models import Q

from evaluation.core.graders import GRADERS
from evaluation.core.items import Item
from registry.history import tracked
from registry.models import Application, DataClass
from registry.models.base import NAME_MAX_LENGTH, Governed, name_field


class EvaluationSet(Governed):
    """Items, and the request that each of them stands for: who asks for what, with data of which class."""

    name = name_field("As training, proposals and reports name it.")
    description = models.TextField(blank=True)
    task = models.CharField(
        max_length=NAME_MAX_LENGTH, blank=True, help_text="Of items that name none of their own."
    )
    requested = models.CharField(
        max_length=256, default="auto", help_text="“auto”, a policy, or a model, as an application writes it."
    )
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, null=True, blank=True, related_name="evaluation_sets"
    )
    data_class = models.ForeignKey(
        DataClass,
        on_delete=models.PROTECT,
        related_name="evaluation_sets",
        help_text="Of what the items hold. Replays take it for the class of each request.",
    )
    item_count = models.PositiveIntegerField("items", default=0, editable=False)
    digest = models.CharField("data digest", max_length=64, blank=True, default="", editable=False)
    imported_at = models.DateTimeField(null=True, editable=False)

    history = tracked()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class EvaluationItem(models.Model):
    """One item. All of a set are replaced at once, by an import; `digest` names the item by what it holds."""

    set = models.ForeignKey(EvaluationSet, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    key = models.CharField(max_length=NAME_MAX_LENGTH)
    task = models.CharField(max_length=NAME_MAX_LENGTH, blank=True, default="")
    messages = models.JSONField()
    expected = models.TextField(blank=True, default="")
    grader = models.CharField(
        max_length=16, blank=True, default="", choices=[(name, name) for name in GRADERS]
    )
    tags = models.JSONField(default=list, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["set", "position"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["set", "key"], name="evaluation_item_key_once"),
            models.UniqueConstraint(fields=["set", "position"], name="evaluation_item_position_once"),
            models.CheckConstraint(
                condition=Q(grader__in=["", *GRADERS]), name="evaluation_item_grader_known"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def item(self) -> Item:
        return Item(self.key, tuple(self.messages), self.task, self.expected, self.grader, tuple(self.tags))
