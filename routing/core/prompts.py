"""Prompt templates: messages with variables, one set for each family of models that needs its own.

The language has one thing: `{{name}}` is where the value of a variable goes. Nothing loops, branches or
includes, and a value is data: it is put in as it is, once, and never read for variables of its own. `{{{{`
writes `{{`; a `{{` that begins no variable is an error of the template, found when it is saved.

A text goes in as it is, a number and a boolean as JSON writes them, a list as one line for each item
(`- item`, line breaks within an item becoming blanks). A variable that may be left out, and is, leaves
nothing.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MAX_VARIABLES = 50
MAX_MESSAGES = 64  # of one version, over all variants
MAX_TEMPLATE_CHARS = 100_000
MAX_VALUE_CHARS = 1_000_000  # of a text whose variable sets no bound of its own
MAX_LIST_ITEMS = 1_000
MAX_ITEM_CHARS = 20_000
MAX_RENDERED_CHARS = 4_000_000  # of all variants together
DEFAULT = ""  # the family of the variant for every model that has none of its own
ROLES = ("system", "user", "assistant")
KINDS = ("text", "number", "enum", "boolean", "list")
_NAME = r"[a-z][a-z0-9_]{0,63}"
_MARK = re.compile(r"(\{\{\{\{)|\{\{ *(" + _NAME + r") *\}\}|(\{\{)")


class PromptProblem(ValueError):
    """A prompt can't be rendered: `variable` names which variable, where it is one."""

    def __init__(self, message: str, variable: str = "") -> None:
        super().__init__(message)
        self.variable = variable


@dataclass(frozen=True, slots=True)
class Variable:
    """`max_length` bounds a text in characters and a list in items."""

    name: str
    kind: str = "text"
    required: bool = True
    max_length: int | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """One version of a prompt; `sha256` is of its variables and variants. A preview has to be asked for by
    its number: by the name alone, the newest version that is none is meant."""

    name: str
    version: int
    sha256: str
    task: str
    variables: tuple[Variable, ...]
    variants: Mapping[str, tuple[tuple[str, str], ...]]  # family → (role, template), in order
    preview: bool = False

    @property
    def reference(self) -> str:
        return f"{self.name}@{self.version}"

    def family_for(self, family: str) -> str:
        """The variant that models of `family` get."""
        return family if family in self.variants else DEFAULT


Messages = tuple[dict[str, str], ...]


def found(prompts: Mapping[str, Prompt], name: str, version: int | None = None) -> Prompt | None:
    """The version that is asked for: by name alone, the newest that is no preview."""
    if version is not None:
        return prompts.get(f"{name}@{version}")
    named = [prompt for prompt in prompts.values() if prompt.name == name and not prompt.preview]
    return max(named, key=lambda prompt: prompt.version, default=None)


def rendered(prompt: Prompt, values: Mapping[str, Any]) -> dict[str, Messages]:
    """Each variant's messages, by family. Raises PromptProblem for values that are not what they must be."""
    texts = texts_of(prompt.variables, values)
    if sum(_sizes(prompt, texts)) > MAX_RENDERED_CHARS:
        raise PromptProblem(f"The prompt would come to more than {MAX_RENDERED_CHARS} characters.")
    return {
        family: tuple({"role": role, "content": filled(template, texts)} for role, template in messages)
        for family, messages in prompt.variants.items()
    }


def _sizes(prompt: Prompt, texts: Mapping[str, str]) -> Iterator[int]:
    """In characters, of every message before it is made."""
    for messages in prompt.variants.values():
        for _, template in messages:
            yield len(template)
            yield from (len(texts[mark[2]]) for mark in _MARK.finditer(template) if mark[2] in texts)


def texts_of(variables: tuple[Variable, ...], values: Mapping[str, Any]) -> dict[str, str]:
    """What goes in for each variable. Raises PromptProblem."""
    unknown = sorted(set(values) - {variable.name for variable in variables})
    if unknown:
        raise PromptProblem(f"The prompt has no variable “{unknown[0]}”.", unknown[0])
    return {variable.name: _text_of(variable, values.get(variable.name)) for variable in variables}


def filled(template: str, texts: Mapping[str, str]) -> str:
    """The template with every variable's text, in one pass. Raises PromptProblem for one without a text."""

    def put(mark: re.Match[str]) -> str:
        if mark[1]:
            return "{{"
        if not mark[2] or mark[2] not in texts:
            raise PromptProblem(f"“{mark[0]}” is no variable of this prompt.", mark[2] or "")
        return texts[mark[2]]

    return _MARK.sub(put, template)


def problems_of(prompt: Prompt) -> Iterator[str]:
    """What is wrong with a template, in sentences."""
    declared = {variable.name for variable in prompt.variables}
    used: set[str] = set()
    for family, messages in prompt.variants.items():
        place = f"the variant for {family}" if family else "the default variant"
        if not messages:
            yield f"{place} has no messages"
        for _, template in messages:
            for mark in _MARK.finditer(template):
                if mark[3]:
                    yield f"in {place}, “{{{{” begins no variable; write “{{{{{{{{” for the brackets"
                elif mark[2] and mark[2] not in declared:
                    yield f"{place} uses “{mark[2]}”, which is not declared"
                elif mark[2]:
                    used.add(mark[2])
    if DEFAULT not in prompt.variants:
        yield "there is no default variant, for models of other families"
    if declared - used:
        yield f"no variant uses “{min(declared - used)}”"
    for variable in prompt.variables:
        if variable.kind == "enum" and not variable.choices:
            yield f"“{variable.name}” has no choices"


def _text_of(variable: Variable, value: Any) -> str:
    name = variable.name
    if value is None:
        if variable.required:
            raise PromptProblem(f"The variable “{name}” is missing.", name)
        return ""
    text = _READ[variable.kind](variable, value)
    if text is None:
        raise PromptProblem(f"The variable “{name}” must be {_WORDS[variable.kind]}.", name)
    return text


def _text(variable: Variable, value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    _bounded(variable, len(value), variable.max_length or MAX_VALUE_CHARS, "characters")
    return value


def _number(variable: Variable, value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return repr(value)


def _enum(variable: Variable, value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    if value not in variable.choices:
        choices = ", ".join(variable.choices)
        raise PromptProblem(f"The variable “{variable.name}” must be one of {choices}.", variable.name)
    return value


def _boolean(variable: Variable, value: Any) -> str | None:
    return None if not isinstance(value, bool) else "true" if value else "false"


def _list(variable: Variable, value: Any) -> str | None:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return None
    _bounded(variable, len(value), variable.max_length or MAX_LIST_ITEMS, "items")
    _bounded(variable, max(map(len, value), default=0), MAX_ITEM_CHARS, "characters in an item")
    return "\n".join("- " + " ".join(item.splitlines()) for item in value)


def _bounded(variable: Variable, size: int, limit: int, of_what: str) -> None:
    if size > limit:
        message = f"The variable “{variable.name}” has more than {limit} {of_what}."
        raise PromptProblem(message, variable.name)


_READ = {"text": _text, "number": _number, "enum": _enum, "boolean": _boolean, "list": _list}
_WORDS = {
    "text": "text",
    "number": "a number",
    "enum": "one of its choices",
    "boolean": "true or false",
    "list": "a list of texts",
}


def prompt_from(value: Mapping[str, Any]) -> Prompt:
    """Of a release's document. Raises ValueError, KeyError or TypeError for what can't be read."""
    variables = tuple(_variable(variable) for variable in value["variables"])
    variants = {
        family: tuple((message["role"], message["content"]) for message in messages)
        for family, messages in value["variants"].items()
    }
    return Prompt(
        value["prompt"],
        value["version"],
        value["sha256"],
        value["task"],
        variables,
        variants,
        value["preview"],
    )


def _variable(value: Mapping[str, Any]) -> Variable:
    if value["kind"] not in KINDS:
        raise ValueError(f"no such kind of variable: {value['kind']!r}")
    return Variable(
        value["name"], value["kind"], value["required"], value["max_length"], tuple(value["choices"])
    )
