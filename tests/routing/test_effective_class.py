"""The class that rules a request. Whatever is odd about it, nothing looser than the strictest comes out."""

from dataclasses import replace

import pytest

from registry.directory import Consumer
from routing.api.errors import ApiError
from routing.ask import effective_class
from routing.core.decide import decide
from routing.core.decision import Reason, Refusal
from routing.core.release import DataClass
from tests.routing.core.builders import CLASSES, deployment, facts, live, release

KEY = Consumer(
    key_id="1",
    key_prefix="abcdefghijkl",
    key_sha256="0" * 64,
    application="app-a",
    application_id="1",
    team="team-a",
    team_id="1",
    scopes=frozenset({"chat"}),
    clearance="confidential",
    default_data_class=None,
    requests_per_min=None,
    tokens_per_min=None,
    expires_at_us=None,
)
NOW = release(deployment("a"))


@pytest.mark.parametrize("default", [None, ""])
def test_without_label_and_default_it_is_the_strictest_class_there_is(default):
    assert effective_class(NOW, replace(KEY, default_data_class=default), None) == "confidential"


def test_a_class_that_is_stricter_than_all_is_the_default_as_soon_as_it_is_released():
    stricter = replace(NOW, data_classes={**CLASSES, "secret": DataClass("secret", 99)})
    assert effective_class(stricter, KEY, None) == "secret"


@pytest.mark.parametrize("default", ["gone", "Public", "public ", "\uff50\uff55\uff42\uff4c\uff49\uff43"])
def test_a_default_that_the_release_does_not_have_is_refused(default):
    data_class = effective_class(NOW, replace(KEY, default_data_class=default), None)
    decision = decide(NOW, facts(data_class=data_class, clearance="confidential"), live())
    assert isinstance(decision, Refusal)
    assert decision.reason is Reason.DATA_CLASS_UNKNOWN


def test_a_default_above_the_clearance_is_refused():
    decision = decide(NOW, facts(data_class="confidential", clearance="internal"), live())
    assert isinstance(decision, Refusal)
    assert decision.reason is Reason.CLEARANCE_EXCEEDED


def test_a_clearance_that_the_release_does_not_have_clears_nothing():
    decision = decide(NOW, facts(data_class="public", clearance="gone"), live())
    assert isinstance(decision, Refusal)


@pytest.mark.parametrize("label", ["public", "PUBLIC", " Public\t"])
def test_ascii_case_and_outer_blanks_do_not_matter(label):
    assert effective_class(NOW, KEY, label) == "public"


LOOKALIKES = [
    "",
    " ",
    "\uff50\uff55\uff42\uff4c\uff49\uff43",  # full-width
    "\u0440ublic",  # Cyrillic
    "publi\u0441",
    "publ\u0131c",  # dotless
    "PUBL\u0130C",  # lower() makes it i and a combining dot
    "public\u00a0",
    "\u3000public",
    "public\u200b",
    "\u00adpublic",
    "public\x1f",
    "pu\u0062\u0307lic",
    "public,confidential",
    "public\n",
]


@pytest.mark.parametrize("label", LOOKALIKES)
def test_what_only_looks_like_a_class_is_refused(label):
    with pytest.raises(ApiError) as error:
        effective_class(NOW, KEY, label)
    assert error.value.code == "data_class_unknown"


def test_the_sign_of_kelvin_is_no_k():
    banking = replace(NOW, data_classes={"banking": DataClass("banking", 0)})
    with pytest.raises(ApiError):
        effective_class(banking, KEY, "ban\u212aing")


def test_a_release_without_classes_lets_nothing_through():
    with pytest.raises(ApiError) as error:
        effective_class(replace(NOW, data_classes={}), KEY, None)
    assert error.value.code == "data_class_unknown"
