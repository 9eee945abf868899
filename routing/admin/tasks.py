import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin

from audit.modeladmin import StackedInline
from registry.admin.bases import GovernedAdmin
from registry.admin.fields import ProseField, WordsField
from routing.admin.route_field import MONOSPACE
from routing.models import OutputField, Task

if TYPE_CHECKING or settings.PLAIN_ADMIN:
    from django.contrib.admin.widgets import AdminTextareaWidget as Textarea
else:
    from unfold.widgets import UnfoldAdminTextareaWidget as Textarea

MAX_FIELDS_SHOWN = 100


class TaskForm(forms.ModelForm):  # type: ignore[type-arg]
    description = ProseField(rows=2, required=False, help_text=Task._meta.get_field("description").help_text)
    envelopes = WordsField(label="Wrapped in", help_text=Task._meta.get_field("envelopes").help_text)

    class Meta:
        model = Task
        fields = (
            "name",
            "description",
            "owner",
            "output_schema",
            "asked",
            "envelopes",
            "unknown_keys",
            "coerces",
        )
        widgets = {
            "output_schema": Textarea(attrs={"rows": 14, "spellcheck": "false", "style": MONOSPACE}),
        }

    def clean_output_schema(self) -> str:
        """Indented, so that a change of it reads as one."""
        text: str = self.cleaned_data["output_schema"]
        try:
            return json.dumps(json.loads(text), indent=2, ensure_ascii=False) if text.strip() else ""
        except (ValueError, RecursionError):
            return text  # the model's validators have said so


class OutputFieldForm(forms.ModelForm):  # type: ignore[type-arg]
    names = WordsField(label="Other names", help_text=OutputField._meta.get_field("names").help_text)

    synonyms = ProseField(rows=3, required=False, help_text=OutputField._meta.get_field("synonyms").help_text)
    default = ProseField(rows=1, required=False, help_text=OutputField._meta.get_field("default").help_text)

    class Meta:
        model = OutputField
        fields = ("key", "names", "synonyms", "default")


class OutputFieldInline(StackedInline):
    model = OutputField
    form = OutputFieldForm
    fields = (("key", "names"), ("synonyms", "default"))
    ordering = ("key",)
    max_num = MAX_FIELDS_SHOWN


@admin.register(Task)
class TaskAdmin(GovernedAdmin):
    form = TaskForm
    inlines = (OutputFieldInline,)
    list_display = ("name", "owner", "has_schema", "asked", "unknown_keys", "description")
    list_filter = ("asked", "unknown_keys")
    search_fields = ("name", "owner", "description")
    fieldsets = (
        (None, {"fields": (("name", "owner"), "description")}),
        ("What an answer must be", {"fields": ("output_schema", "asked")}),
        (
            "How answers are brought to it",
            {"fields": ("unknown_keys", "coerces", "envelopes")},
        ),
    )

    class Media:
        css = {"all": ["registry/console.css"]}

    @admin.display(description="answer has a schema", boolean=True)
    def has_schema(self, task: Task) -> Any:
        return bool(task.output_schema)
