"""Form fields for lists that are kept as JSON: check boxes for a closed vocabulary, lines for an open one."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings

if TYPE_CHECKING or settings.PLAIN_ADMIN:
    from django.contrib.admin.widgets import AdminFileWidget as FileInput
    from django.contrib.admin.widgets import AdminTextareaWidget as Textarea
    from django.contrib.admin.widgets import AdminTextInputWidget as TextInput
    from django.forms import CheckboxSelectMultiple, PasswordInput, Select
else:
    from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget as CheckboxSelectMultiple
    from unfold.widgets import UnfoldAdminFileFieldWidget as FileInput
    from unfold.widgets import UnfoldAdminPasswordWidget as PasswordInput
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminTextareaWidget as Textarea
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput

MAX_LINES = 200

__all__ = [
    "CheckboxSelectMultiple",
    "ChoiceListField",
    "FileInput",
    "LinesField",
    "ProseField",
    "SecretField",
    "Select",
    "TextInput",
    "Textarea",
    "WordsField",
]


class ChoiceListField(forms.MultipleChoiceField):
    """Check boxes; a list of the chosen values. `empty` is what nothing chosen means."""

    def __init__(self, *, empty: list[str] | None = None, nullable: bool = False, **kwargs: Any) -> None:
        self.empty_answer = None if nullable else (empty or [])
        super().__init__(widget=CheckboxSelectMultiple(), **kwargs)

    def clean(self, value: Any) -> Any:
        return list(super().clean(value)) or self.empty_answer


class ProseField(forms.CharField):
    """A text area of several lines. Browsers send other line breaks than they were given; what nobody edited
    must not differ by that."""

    def __init__(self, *, rows: int, **kwargs: Any) -> None:
        super().__init__(widget=Textarea(attrs={"rows": rows}), **{"strip": False, **kwargs})

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").replace("\r\n", "\n")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(initial, (data or "").replace("\r\n", "\n"))


class LinesField(forms.CharField):
    """A text area with one entry on each line; a list of the lines that are not empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=Textarea(attrs={"rows": 3}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        lines = [line.strip() for line in (super().clean(value) or "").splitlines() if line.strip()]
        if len(lines) > MAX_LINES:
            raise forms.ValidationError(f"At most {MAX_LINES} lines.")
        return lines

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class WordsField(forms.CharField):
    """One line with commas between words; a list of the words. `capitals` writes them in capitals."""

    def __init__(self, *, capitals: bool = False, **kwargs: Any) -> None:
        self.capitals = capitals
        super().__init__(widget=TextInput(), required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value) or ""
        words = [word.strip() for word in text.split(",") if word.strip()]
        if len(words) > MAX_LINES:
            raise forms.ValidationError(f"At most {MAX_LINES} words.")
        return [word.upper() for word in words] if self.capitals else words

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class SecretField(forms.CharField):
    """Written, never read back: the page never holds what is stored."""

    def __init__(self, **kwargs: Any) -> None:
        widget = PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False)
        super().__init__(widget=widget, required=False, strip=True, **kwargs)
