from django import forms
from django.contrib import admin

from registry.admin.bases import GovernedAdmin
from registry.admin.fields import ChoiceListField
from registry.models import ChecklistRule, Slot


class ChecklistRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    slots = ChoiceListField(
        label="Required",
        choices=Slot.choices,
        help_text="Without evidence in each of these, no version of such a model is approved.",
    )

    class Meta:
        model = ChecklistRule
        fields = ("tier", "risk_rating", "slots")


@admin.register(ChecklistRule)
class ChecklistRuleAdmin(GovernedAdmin):
    form = ChecklistRuleForm
    list_display = ("__str__", "tier", "risk_rating", "required")

    @admin.display(description="required")
    def required(self, rule: ChecklistRule) -> str:
        return ", ".join(Slot(slot).label for slot in rule.slots)
