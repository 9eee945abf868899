"""The endpoints that are known: each can be entered as its row says."""

import re

import pytest

from registry.core.endpoints import endpoint_problem, host_of
from routing.adapters import get, names, quirks
from routing.adapters.contract import Target
from routing.adapters.presets import PRESETS, Preset

EACH = pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
HELLO = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def filled_in(preset: Preset) -> str:
    return re.sub(r"\b[A-Z]{4,}\b", "some", preset.base_url)


def test_names_are_given_once() -> None:
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)


@EACH
def test_a_preset_has_a_dialect_and_its_quirks(preset: Preset) -> None:
    assert preset.dialect in names()
    assert set(preset.quirks) <= set(quirks(preset.dialect))


@EACH
def test_a_preset_s_address_can_be_registered(preset: Preset) -> None:
    address = filled_in(preset)
    own = {host_of(address)} if address.startswith("http://") else set()
    assert endpoint_problem(address, own) is None


@EACH
def test_a_preset_can_be_called(preset: Preset) -> None:
    target = Target(filled_in(preset), "m", 64, "key", quirks=frozenset(preset.quirks))
    prepared = get(preset.dialect, target.quirks).prepare(HELLO, target, stream=True)
    assert host_of(prepared.url) == host_of(target.base_url)
    assert not prepared.unsupported


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("azure", "https://some.openai.azure.com/openai/v1/chat/completions"),
        (
            "azure-dated",
            "https://some.openai.azure.com/openai/deployments/m/chat/completions?api-version=2024-10-21",
        ),
        ("azure-responses", "https://some.openai.azure.com/openai/v1/responses"),
        ("groq", "https://api.groq.com/openai/v1/chat/completions"),
        ("deepseek", "https://api.deepseek.com/chat/completions"),
        ("vertex-express", "https://aiplatform.googleapis.com/v1/publishers/google/models/m:generateContent"),
    ],
)
def test_a_preset_is_called_at_its_documented_url(name: str, url: str) -> None:
    (preset,) = (preset for preset in PRESETS if preset.name == name)
    target = Target(filled_in(preset), "m", 64, quirks=frozenset(preset.quirks))
    assert get(preset.dialect).prepare(HELLO, target, stream=False).url == url
