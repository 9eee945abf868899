from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from audit.modeladmin import StackedInline
from registry.admin.bases import GovernedAdmin
from registry.admin.fields import ProseField, WordsField
from routing.core.prompts import MAX_MESSAGES, MAX_VARIABLES
from routing.models import PromptMessage, PromptTemplate, PromptVariable
from routing.services import prompts

if TYPE_CHECKING or settings.PLAIN_ADMIN:
    from django.contrib.admin.widgets import AdminIntegerFieldWidget as NumberInput
else:
    from unfold.widgets import UnfoldAdminIntegerFieldWidget as NumberInput


class PromptTemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    description = ProseField(
        rows=2, required=False, help_text=PromptTemplate._meta.get_field("description").help_text
    )

    class Meta:
        model = PromptTemplate
        fields = ("name", "version", "task", "enabled", "preview", "description")


class PromptVariableForm(forms.ModelForm):  # type: ignore[type-arg]
    choices = WordsField(help_text=PromptVariable._meta.get_field("choices").help_text)

    class Meta:
        model = PromptVariable
        fields = ("name", "kind", "required", "max_length", "choices")


class PromptMessageForm(forms.ModelForm):  # type: ignore[type-arg]
    position = forms.IntegerField(
        required=False, min_value=0, widget=NumberInput(), help_text="In its variant. Empty: last."
    )

    content = ProseField(rows=6, help_text=PromptMessage._meta.get_field("content").help_text)

    class Meta:
        model = PromptMessage
        fields = ("family", "position", "role", "content")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.initial["position"] = None


class PromptMessages(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """Messages without a position come last in their variant, in the order of the page."""

    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        last: dict[str, int] = {}
        for form in kept:
            family, position = form.cleaned_data.get("family", ""), form.cleaned_data.get("position")
            if position is not None:
                last[family] = max(last.get(family, -1), position)
        for form in kept:
            if form.cleaned_data.get("position") is None:
                family = form.cleaned_data.get("family", "")
                form.instance.position = last[family] = last.get(family, -1) + 1


class PromptVariableInline(StackedInline):
    model = PromptVariable
    form = PromptVariableForm
    fields = (("name", "kind"), ("max_length", "choices"), "required")
    ordering = ("name",)
    max_num = MAX_VARIABLES


class PromptMessageInline(StackedInline):
    model = PromptMessage
    form = PromptMessageForm
    formset = PromptMessages
    fields = (("role", "family"), "content", "position")
    ordering = ("family", "position")
    max_num = MAX_MESSAGES


@admin.register(PromptTemplate)
class PromptTemplateAdmin(GovernedAdmin):
    inlines = (PromptVariableInline, PromptMessageInline)
    list_display = ("name", "version", "task", "enabled", "preview", "description")
    list_filter = ("enabled", "preview", "task")
    list_select_related = ("task",)
    search_fields = ("name", "description", "task__name")
    ordering = ("name", "-version")
    actions = ("copy_as_next_version",)
    form = PromptTemplateForm
    fields = (("name", "version"), "task", "description", "enabled", "preview")

    class Media:
        css = {"all": ["registry/console.css"]}

    @admin.action(description="Copy as the next version", permissions=["add"])
    def copy_as_next_version(self, request: HttpRequest, queryset: QuerySet[PromptTemplate]) -> None:
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            self.message_user(request, "Choose one version.", messages.ERROR)
            return
        made = prompts.copy(prompt=chosen[0], actor=request.user)  # type: ignore[arg-type]
        self.message_user(
            request, f"{made} is a preview: turn that off to give it by name.", messages.SUCCESS
        )
