import io
from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from audit.modeladmin import HistoryAdmin, ReadOnlyAdmin
from evaluation.core.items import Item
from evaluation.errors import SetUnreadable
from evaluation.models import EvaluationItem, EvaluationSet
from evaluation.services import sets
from registry.admin.actor import actor_of
from registry.admin.fields import FileInput

MAX_FILE_BYTES = 64 * 1024 * 1024


class EvaluationSetForm(forms.ModelForm):  # type: ignore[type-arg]
    file = forms.FileField(
        label="Items",
        required=False,
        widget=FileInput,
        help_text="A file in JSON Lines: one item on each line. It replaces all items that the set has.",
    )

    class Meta:
        model = EvaluationSet
        fields = ("name", "description", "task", "requested", "application", "data_class")

    def clean_file(self) -> tuple[Item, ...] | None:
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if file is None:
            if self.instance.item_count == 0:
                raise forms.ValidationError("Give the items.")
            return None
        if (file.size or 0) > MAX_FILE_BYTES:
            raise forms.ValidationError(f"A file has at most {MAX_FILE_BYTES:,} bytes.")
        try:
            return sets.read(io.TextIOWrapper(file, encoding="utf-8-sig"))
        except UnicodeDecodeError as error:
            raise forms.ValidationError("The file is not in UTF-8.") from error
        except SetUnreadable as error:
            raise forms.ValidationError(str(error)) from error


@admin.register(EvaluationSet)
class EvaluationSetAdmin(HistoryAdmin):
    empty_text = (
        "A set holds requests and what is expected of their answers. Policy authors import them from files."
    )
    form = EvaluationSetForm
    list_display = ("name", "task", "item_count", "data_class", "application", "imported_at", "short_digest")
    list_filter = ("task", "data_class")
    list_select_related = ("data_class", "application")
    search_fields = ("name", "task", "description")
    fieldsets = (
        (None, {"fields": ("name", "description", "task", "file", "its_items", "its_runs", "digest")}),
        ("The request that each item stands for", {"fields": ("requested", "application", "data_class")}),
    )
    readonly_fields = ("its_items", "its_runs", "digest")

    class Media:
        css = {"all": ["registry/console.css"]}

    def save_model(self, request: HttpRequest, obj: EvaluationSet, form: Any, change: bool) -> None:
        sets.save(evaluation_set=obj, actor=actor_of(request), items=form.cleaned_data["file"])

    @admin.display(description="digest", ordering="digest")
    def short_digest(self, evaluation_set: EvaluationSet) -> str:
        return evaluation_set.digest[:12]

    @admin.display(description="items now")
    def its_items(self, evaluation_set: EvaluationSet) -> str:
        if not evaluation_set.item_count:
            return "none yet"
        page = reverse("admin:evaluation_evaluationitem_changelist")
        words = f"{evaluation_set.item_count} item" + ("s" if evaluation_set.item_count != 1 else "")
        return format_html(
            '<a class="sb-link" href="{}?set__id__exact={}">{}</a>', page, evaluation_set.pk, words
        )

    @admin.display(description="runs of models")
    def its_runs(self, evaluation_set: EvaluationSet) -> str:
        """What was measured on it, and the way to measure more."""
        if not evaluation_set.item_count:
            return "none yet"
        runs, pk = reverse("admin:evaluation_modelrun_changelist"), evaluation_set.pk
        count = evaluation_set.runs.count()
        seen = format_html('<a class="sb-link" href="{}?set__id__exact={}">{} begun</a>', runs, pk, count)
        more = format_html('<a class="sb-link" href="{}add/?set={}">Run models over it</a>', runs, pk)
        return format_html("{} · {}", seen if count else "none yet", more)


@admin.register(EvaluationItem)
class EvaluationItemAdmin(ReadOnlyAdmin):
    list_display = ("key", "set", "task", "grader", "expected_start", "tag_names")
    list_filter = ("set", "grader", "task")
    list_select_related = ("set",)
    search_fields = ("key", "task")
    fields = ("set", "position", "key", "task", "messages", "expected", "grader", "tags", "digest")

    @admin.display(description="expected")
    def expected_start(self, item: EvaluationItem) -> str:
        return item.expected[:60]

    @admin.display(description="tags")
    def tag_names(self, item: EvaluationItem) -> str:
        return ", ".join(item.tags)
