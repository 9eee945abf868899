"""The table as the page's script reads it."""

from typing import Any

from routing.core.conditions import OPS_BY_FACT
from routing.core.editing.fields import Field, Form
from routing.core.editing.gates import GATES
from routing.core.editing.nodes import NODES
from routing.core.routes import MAX_ROUTE_DEPTH


def schema() -> dict[str, Any]:
    return {
        "nodes": {name: _form(form) for name, form in NODES.items()},
        "gates": {name: _form(form) for name, form in GATES.items()},
        "ops": {fact: list(ops) for fact, ops in OPS_BY_FACT.items()},
        "max_depth": MAX_ROUTE_DEPTH,
    }


def _form(form: Form) -> dict[str, Any]:
    fields = [_field(field) for field in form.fields]
    return {"label": form.label, "help": form.help, "group": form.group, "fields": fields}


def _field(field: Field) -> dict[str, Any]:
    said = {
        "name": field.name,
        "label": field.label,
        "kind": field.kind.value,
        "help": field.help,
        "required": field.required,
        "choices": [list(choice) for choice in field.choices],
        "default": field.default,
        "kept": field.kept,
        "least": field.least,
        "most": field.most,
        "source": field.source,
        "narrowed_by": field.narrowed_by,
        "each": field.each,
        "of": _form(field.of) if field.of else None,
        "when": None if field.when is None else [field.when[0], list(field.when[1])],
    }
    return {name: value for name, value in said.items() if value not in (None, "", [], False)}
