"""What the registry's own rows are called."""

from collections.abc import Callable
from typing import Any

from registry.core.changes import Record
from registry.core.subjects import in_words, subject
from registry.core.tariff import band_line, picture_line
from registry.models import (
    Area,
    ChecklistItem,
    ChecklistRule,
    Deployment,
    MatrixCell,
    Model,
    ModelVersion,
    Price,
    ReviewRule,
    RollbackPlan,
    Suspension,
)
from registry.wording import Names, register_words

MODEL, DEPLOYMENT = Model._meta.label_lower, Deployment._meta.label_lower
VERSION = ModelVersion._meta.label_lower
DATA_CLASS = "registry.dataclass"
STANDING = ("decision", "conditions", "valid_from", "valid_to")  # of a cell, told in one sentence


def register() -> None:
    register_words(ModelVersion, name=_version)
    register_words(ChecklistItem, name=_checklist_item, hidden=("version", "slot"))
    register_words(ChecklistRule, name=_checklist_rule, hidden=("tier", "risk_rating"))
    register_words(RollbackPlan, name=_rollback_plan, hidden=("version",))
    register_words(
        Price,
        name=_price,
        hidden=("deployment",),
        fields={"bands": _lines_of(band_line), "pictures": _lines_of(picture_line)},
    )
    register_words(MatrixCell, name=_cell, hidden=("deployment", "data_class", *STANDING), sentence=_decided)
    register_words(Suspension, name=_suspension)
    register_words(ReviewRule, name=_review_rule, hidden=("area",))


def _version(record: Record, names: Names) -> str:
    return f"{names.of(MODEL, record.get('model'))} {record.get('name')}"


def _checklist_item(record: Record, names: Names) -> str:
    return f"{record.get('slot')} of {names.of(VERSION, record.get('version'))}"


def _checklist_rule(record: Record, names: Names) -> str:
    return f"models of {record.get('tier') or 'any'} tier and {record.get('risk_rating') or 'any'} risk"


def _rollback_plan(record: Record, names: Names) -> str:
    return f"of {names.of(VERSION, record.get('version'))}"


def _price(record: Record, names: Names) -> str:
    return f"{names.of(DEPLOYMENT, record.get('deployment'))} from {str(record.get('valid_from'))[:10]}"


def _lines_of(line: Callable[[Any], str]) -> Callable[[Any, Names], str]:
    def said(rows: Any, names: Names) -> str:
        return "; ".join(line(row) for row in rows or ()) or "none"

    return said


def _cell(record: Record, names: Names) -> str:
    deployment = names.of(DEPLOYMENT, record.get("deployment"))
    return f"{deployment} for {names.of(DATA_CLASS, record.get('data_class'))}"


def _decided(before: Record, after: Record, names: Names) -> str | None:
    """“denied → approved until 2027-01-01”; nothing where only the evidence is another."""
    was, becomes = _standing(before), _standing(after)
    return None if was == becomes else f"{was} → {becomes}"


def _standing(cell: Record) -> str:
    if not cell:
        return "absent, which denies"
    words = [str(cell["decision"])]
    if cell.get("conditions"):
        words.append(f"if {' and '.join(cell['conditions'])}")
    words += [
        f"{word} {str(cell[name])[:16].replace('T', ' ').removesuffix(' 00:00')}"
        for word, name in (("from", "valid_from"), ("until", "valid_to"))
        if cell.get(name)
    ]
    return " ".join(words)


def _suspension(record: Record, names: Names) -> str:
    return in_words(subject(record["kind"], record["target"])).removeprefix("the ")


def _review_rule(record: Record, names: Names) -> str:
    return str(Area(record["area"]).label)
