"""Facts of models out of sources beside the catalogue: compared with the registry, and proposed."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from facts_cast import litellm, models_dev, offer, seller
from registry_cast import World, make_deployment

from registry.catalog.changes import Asked, Found, find
from registry.catalog.facts import Aspect
from registry.catalog.reading import read
from registry.catalog.source import Seller
from registry.errors import CatalogMissing, CatalogRefused
from registry.models import Deployment, Model, ModelVersion, Proposal, User
from registry.services import catalog
from registry.services.writing import write


def found(*raw: bytes, sellers: tuple[Seller, ...] = (), **asked: Any) -> Found:
    sources = tuple(read(one, f"{place}.json") for place, one in enumerate(raw))
    return find(sellers, Asked(timezone.now(), facts=sources, **asked))


def said(found: Found) -> dict[Aspect, Any]:
    return {finding.aspect: finding.value for finding in found.facts}


def apply(found: Found, **unsaid: Any) -> None:
    write(catalog.changes_of(found, catalog.Unsaid(**unsaid)))


MAX_OUTPUT, RETIRES_ON = Aspect("max_output_tokens"), Aspect("retires_on")


def can(capability: str) -> Aspect:
    return Aspect("capabilities", capability)


def test_facts_on_which_all_agree_are_proposed_and_then_no_more(world: World) -> None:
    two = (litellm(max_output_tokens=900, supports_vision=True), models_dev(limit={"output": 900}))
    told = found(*two)
    assert said(told) == {MAX_OUTPUT: 900, can("vision"): True}
    apply(told)
    model = Model.objects.get()
    assert (model.max_output_tokens, model.capabilities) == (900, ["tools", "vision", "streaming"])
    assert not found(*two)


def test_what_nobody_says_stays_as_it_is(world: World) -> None:
    apply(found(litellm(supports_reasoning=True)))
    model = Model.objects.get()
    assert (model.max_output_tokens, model.capabilities) == (4_000, ["tools", "reasoning", "streaming"])


def test_a_capability_that_is_denied_goes(world: World) -> None:
    apply(found(models_dev(tool_call=False)))
    assert Model.objects.get().capabilities == ["streaming"]


def test_of_two_who_disagree_none_wins_by_itself(world: World) -> None:
    told = found(litellm(max_output_tokens=900), models_dev(limit={"output": 800}))
    (finding,) = told.facts
    assert (finding.taken, bool(told)) == (None, False)
    assert [position.by for position in finding.positions] == [
        "LiteLLM of gpt-1",
        "models.dev of openai/gpt-1",
    ]
    assert not catalog.changes_of(told, catalog.Unsaid())


@pytest.mark.parametrize(("prefer", "value"), [("litellm", 900), ("models.dev", 800), ("nobody", None)])
def test_a_person_says_whose_word_counts(world: World, prefer: str, value: int | None) -> None:
    told = found(litellm(max_output_tokens=900), models_dev(limit={"output": 800}), prefer=prefer)
    assert said(told) == {MAX_OUTPUT: value}


def test_a_source_that_disagrees_with_itself_is_not_preferred(world: World) -> None:
    other = ModelVersion.objects.create(model=Model.objects.get(), name="2", upstream_id="gpt-2")
    Deployment.objects.filter(pk=make_deployment("gpt-2-eu").pk).update(version=other)
    raw = json.dumps(
        {**json.loads(litellm(max_output_tokens=900)), **json.loads(litellm("gpt-2", max_output_tokens=800))}
    )
    assert said(found(raw.encode(), prefer="LiteLLM")) == {MAX_OUTPUT: None}


@pytest.mark.parametrize("name", ["gpt-1-mini", "GPT-1", "gpt-", " gpt-1", "openai/gpt-1"])
def test_an_id_that_is_not_the_same_to_the_letter_says_nothing(world: World, name: str) -> None:
    told = found(litellm(name, max_output_tokens=900))
    assert not told.facts
    assert "Nothing of “gpt-1” at openai is in LiteLLM." in [note.text for note in told.notes]


def test_the_same_id_of_another_provider_says_nothing(world: World) -> None:
    assert not found(litellm(provider="azure", max_output_tokens=900)).facts


def test_how_much_it_answers_means_nothing_of_a_model_that_answers_no_text(world: World) -> None:
    Model.objects.update(capabilities=["embeddings"])
    assert not found(models_dev(limit={"output": 3072})).facts


def test_the_end_is_the_version_s_where_it_is_said_of_all_its_deployments(world: World) -> None:
    make_deployment("gpt-us")
    apply(found(litellm(deprecation_date="2027-01-14")))
    assert ModelVersion.objects.get().retires_on == date(2027, 1, 14)


def test_the_end_is_the_deployment_s_where_another_serves_it_too(world: World) -> None:
    make_deployment("gpt-own", base_url="https://models.example/v1")
    raw = litellm(deprecation_date="2027-01-14")
    apply(found(raw))
    ends = dict(Deployment.objects.values_list("name", "retires_on"))
    assert ends == {"gpt-eu": date(2027, 1, 14), "gpt-own": None}
    assert ModelVersion.objects.get().retires_on is None
    assert not found(raw)


def test_what_is_said_of_a_region_counts_there_alone(world: World) -> None:
    for region in ("eu-west-1", "us-east-1"):
        make_deployment(region, base_url=f"https://bedrock-runtime.{region}.amazonaws.com")
    apply(found(litellm("bedrock/eu-west-1/gpt-1", "bedrock", deprecation_date="2027-03-30")))
    ends = dict(Deployment.objects.values_list("name", "retires_on"))
    assert ends == {"gpt-eu": None, "us-east-1": None, "eu-west-1": date(2027, 3, 30)}


def test_capabilities_are_the_deployment_s_where_it_has_its_own(world: World) -> None:
    Deployment.objects.filter(pk=world.deployment.pk).update(capabilities=["tools"])
    apply(found(litellm(supports_vision=True)))
    assert Deployment.objects.get().capabilities == ["tools", "vision"]
    assert Model.objects.get().capabilities == ["tools", "streaming"]


def test_the_catalogue_s_own_window_is_a_word_among_others(world: World) -> None:
    told = found(models_dev(limit={"context": 90_000}), sellers=(seller(offer()),))
    (finding,) = told.facts
    assert [position.by for position in finding.positions] == [
        "models.dev of openai/gpt-1",
        "genai-prices of openai/gpt-1",
    ]


def new_model(*raw: bytes, **asked: Any) -> Found:
    return found(*raw, sellers=(seller(offer(), offer("gpt-2")),), models=("openai/gpt-2",), **asked)


def test_a_new_model_is_all_that_is_known_of_it(world: World) -> None:
    known = litellm("gpt-2", max_output_tokens=900, deprecation_date="2028-01-01", supports_vision=True)
    apply(new_model(known))
    version = ModelVersion.objects.get(upstream_id="gpt-2")
    assert (version.retires_on, version.model.max_output_tokens) == (date(2028, 1, 1), 900)
    assert version.model.capabilities == ["vision"]


def test_a_new_model_on_which_sources_disagree_is_for_a_person(world: World) -> None:
    two = (litellm("gpt-2", max_output_tokens=900), models_dev("gpt-2", limit={"output": 800}))
    with pytest.raises(CatalogRefused, match=r"900 by LiteLLM of gpt-2; 800 by models\.dev"):
        apply(new_model(*two))
    assert any(note.text.startswith("Left unknown: Answers at most") for note in new_model(*two).notes)
    apply(new_model(*two), max_output_tokens=850)
    assert Model.objects.get(name="gpt-2").max_output_tokens == 850


@pytest.mark.parametrize(
    ("upstream_id", "model", "version"),
    [
        ("gpt-3-2027-01-02", "gpt-3", "2027-01-02"),
        ("gpt-3-20270102", "gpt-3", "20270102"),
        ("gpt-3", "gpt-3", "undated"),
    ],
)
def test_a_new_model_of_a_source_alone_comes_without_a_price(
    world: World, upstream_id: str, model: str, version: str
) -> None:
    raw = models_dev(upstream_id, limit={"context": 9_000, "output": 900}, tool_call=True)
    told = found(raw, sellers=(seller(offer()),), models=(f"openai/{upstream_id}",))
    apply(told, region="eu")
    deployment = Deployment.objects.get(name=f"{model}-eu")
    assert (deployment.version.name, deployment.version.upstream_id) == (version, upstream_id)
    assert (deployment.enabled, deployment.prices.count()) == (False, 0)
    assert any("its price is for a person to enter" in note.text for note in told.notes)


def test_a_provider_that_the_catalogue_has_not_is_one_by_its_place(world: World) -> None:
    raw = models_dev("llama", "scaleway", limit={"context": 9_000, "output": 900})
    apply(found(raw, models=("scaleway/llama",)), region="fr")
    deployment = Deployment.objects.get(name="llama-fr")
    assert (deployment.provider.name, deployment.base_url) == ("scaleway", "https://api.scaleway.ai/v1")


def test_another_version_of_a_model_there_is_changes_nothing_of_the_model(world: World) -> None:
    raw = litellm("gpt-2027-01-02", max_output_tokens=900, deprecation_date="2028-01-01")
    told = found(raw, models=("openai/gpt-2027-01-02",))
    assert list(told.models[0].known) == [RETIRES_ON]
    apply(told)
    assert ModelVersion.objects.get(name="2027-01-02").retires_on == date(2028, 1, 1)
    assert Model.objects.get().max_output_tokens == 4_000


def test_facts_can_do_without_a_catalogue_of_prices(
    world: World, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise CatalogMissing

    monkeypatch.setattr("registry.management.commands.import_catalog.sellers", missing)
    out = StringIO()
    call_command("import_catalog", "--facts", str(file), stdout=out)
    assert "Without a catalogue of prices: 1 rows to change" in out.getvalue()
    with pytest.raises(CommandError, match=r"signalbox\[catalog\]"):
        call_command("import_catalog", stdout=out)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model_prices.json"
    path.write_bytes(litellm(max_output_tokens=900, supports_vision=True))
    return path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.setattr("registry.management.commands.import_catalog.sellers", lambda: (seller(offer()),))

    def call(*arguments: str) -> str:
        out = StringIO()
        call_command("import_catalog", *arguments, stdout=out)
        return out.getvalue()

    return call


def test_the_command_tells_each_fact_with_whose_word_it_is(
    world: World, run: Callable[..., str], file: Path
) -> None:
    told = run("--facts", str(file))
    assert "fact of gpt, Answers at most: 4000 → 900 (LiteLLM of gpt-1)" in told
    assert "fact of gpt, Vision: no → yes (LiteLLM of gpt-1)" in told
    assert not Proposal.objects.exists()


def test_the_command_tells_a_disagreement(
    world: World, run: Callable[..., str], file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "api.json"
    other.write_bytes(models_dev(limit={"output": 800}))
    told = run("--facts", str(file), "--facts", str(other))
    assert (
        "no agreement on gpt, now 4000: Answers at most: 900 by LiteLLM of gpt-1; 800 by models.dev" in told
    )


def test_a_draft_keeps_whose_word_its_facts_are(
    world: World, cast: Mapping[str, User], run: Callable[..., str], file: Path
) -> None:
    run("--facts", str(file), "--propose", "--author", "author", "--reason", "News.")
    reason = Proposal.objects.get().reason
    assert reason.startswith(
        "News.\n\nWhose word the facts are:\n- gpt: Answers at most, Vision by LiteLLM\n"
    )
    assert f"LiteLLM: {file.name}, SHA-256 {read(file.read_bytes(), '').edition.sha256}" in reason


def test_facts_are_no_reason_by_themselves(
    world: World, cast: Mapping[str, User], run: Callable[..., str], file: Path
) -> None:
    with pytest.raises(CommandError, match="Give a reason"):
        run("--facts", str(file), "--propose", "--author", "author")


def test_the_command_says_what_it_can_not_read(world: World, run: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(CommandError, match=r"neither the api\.json of models\.dev nor"):
        run("--facts", str(tmp_path / "other.json"))
