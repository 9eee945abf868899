"""Detection rules as rows: what a form refuses, what the release holds, and what publishing says of it."""

import pytest
from django.core.exceptions import ValidationError

from registry.models import DataClass
from registry.releases.compiler import compile_document, validate_document
from routing import engines
from routing.core.release import DetectionRule as CoreRule
from routing.models import DetectionRule
from routing.releases_detection import compile_detection, validate_detection
from routing.selectors import compile_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def restricted() -> DataClass:
    return DataClass.objects.create(name="restricted", rank=30)


def rule(data_class: DataClass | None, **changes: object) -> DetectionRule:
    return DetectionRule(**{"finds": "payment", "data_class": data_class, "action": "reroute", **changes})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"finds": "nothing-known"}, "finds"),
        ({"action": "note"}, "data_class"),
        ({"data_class": None}, "data_class"),
        ({"finds": "unscannable", "action": "redact"}, "action"),
        ({"finds": "image", "output": "note"}, "output"),
        ({"finds": "presidio_person", "output": "cut"}, "output"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(restricted, changes, field) -> None:
    with pytest.raises(ValidationError) as refused:
        rule(**{"data_class": restricted, **changes}).full_clean()
    assert field in refused.value.message_dict


def test_a_release_holds_the_rules_that_are_on(restricted) -> None:
    rule(restricted, action="redact", output="note").save()
    rule(restricted, finds="email", enabled=False).save()
    (value,) = compile_detection()["detection"]
    assert value == {"finds": "payment", "data_class": "restricted", "action": "redact", "output": "note"}
    document = compile_document().document
    assert compile_release(1, "", document).detection == (
        CoreRule("payment", "restricted", "redact", "note"),
    )


def codes(document: dict) -> set[str]:
    return {finding.code for finding in validate_detection(document, 0)}


def test_a_class_that_nobody_may_get_is_told_before_publishing(restricted) -> None:
    rule(restricted).save()
    assert codes(compile_document().document) == {"reroutes_nowhere"}


def test_an_extra_that_is_missing_stops_publishing(restricted, monkeypatch) -> None:
    rule(None, finds="presidio_person", action="note").save()
    monkeypatch.setattr(engines, "PRESIDIO_MODULE", "no_such_module_at_all")
    found = [each for each in validate_document(compile_document().document, 0) if each.severity == "error"]
    assert "detector_missing" in {each.code for each in found}


def test_a_rule_is_told_in_words(restricted) -> None:
    assert str(rule(restricted)) == "payment data: the request is treated as restricted data"
    assert str(rule(None, finds="email", action="note")) == "e-mail address: only recorded"
