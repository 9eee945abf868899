from typing import Any

from django import forms
from django.contrib import admin

from registry.admin.bases import GovernedAdmin
from routing.models import DetectionRule
from routing.models.detection import finds_choices


class DetectionRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    finds = forms.ChoiceField(label="Looks for", help_text=DetectionRule._meta.get_field("finds").help_text)

    class Meta:
        model = DetectionRule
        fields = ("finds", "enabled", "data_class", "action", "output", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["finds"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = finds_choices()


@admin.register(DetectionRule)
class DetectionRuleAdmin(GovernedAdmin):
    form = DetectionRuleForm
    list_display = ("what", "data_class", "action", "output", "enabled", "reason")
    list_filter = ("enabled", "action", "output", "data_class")
    list_select_related = ("data_class",)
    search_fields = ("finds", "reason")
    fieldsets = (
        (None, {"fields": (("finds", "enabled"), "data_class")}),
        ("What happens", {"fields": ("action", "output")}),
        (None, {"fields": ("reason",)}),
    )

    @admin.display(description="looks for", ordering="finds")
    def what(self, rule: DetectionRule) -> str:
        words = rule.finds_words
        return words[0].upper() + words[1:]
