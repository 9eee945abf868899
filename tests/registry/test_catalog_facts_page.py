"""Facts of models on the catalogue's page: read from files, shown, and what is chosen becomes a draft."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from facts_cast import litellm, models_dev, offer, seller
from registry_cast import World

from registry.catalog.carrying import unpacked
from registry.errors import CatalogMissing
from registry.models import Capability, Model, Proposal

pytestmark = pytest.mark.django_db
PAGE = "/admin/registry/catalog/"


@pytest.fixture
def page(world: World, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr("registry.admin.catalog.sellers", lambda: (seller(offer(), offer("gpt-2")),))
    client: Client = sign_in("author")
    return client


def show(page: Client, *raw: bytes, **form: Any) -> str:
    files = [SimpleUploadedFile(f"{place}.json", one) for place, one in enumerate(raw)]
    return page.post(PAGE, {"facts_files": files, "read": "1", **form}).content.decode()


def carried(shown: str) -> str:
    found = re.search(r'name="facts_read"\s+value="([^"]+)"', shown)
    assert found
    return found[1]


def fact(field: str, item: str = "") -> str:
    return f"fact.{Model.objects.get().pk}.{field}.{item}"


def changed() -> dict[str, Any]:
    (change,) = Proposal.objects.get().change_set
    return dict(change.after or {})


def test_what_is_read_is_shown_and_nothing_is_filed(page: Client) -> None:
    shown = show(page, litellm(max_output_tokens=900), reason="News.")
    assert "LiteLLM of gpt-1" in shown
    assert "Take Answers at most of gpt" in shown
    assert not Proposal.objects.exists()


def test_what_is_chosen_becomes_a_draft_with_whose_word_it_is(page: Client) -> None:
    shown = show(page, litellm(max_output_tokens=900, supports_vision=True))
    form = {"facts_read": carried(shown), fact("capabilities", "vision"): "0", "reason": "News."}
    page.post(PAGE, form)
    assert set(changed()["capabilities"]) == {Capability.TOOLS, Capability.VISION, Capability.STREAMING}
    assert "max_output_tokens" not in changed()
    proposal = Proposal.objects.get()
    assert proposal.title == "Facts of models by LiteLLM"
    assert "- gpt: Vision by LiteLLM" in proposal.reason
    assert "LiteLLM: 0.json, SHA-256 " in proposal.reason


@pytest.mark.parametrize(("chosen", "value"), [("0", 900), ("1", 800)])
def test_where_they_disagree_a_person_takes_one_word(page: Client, chosen: str, value: int) -> None:
    shown = show(page, litellm(max_output_tokens=900), models_dev(limit={"output": 800}))
    assert "900, by LiteLLM of gpt-1" in shown
    assert "800, by models.dev of openai/gpt-1" in shown
    page.post(PAGE, {"facts_read": carried(shown), fact("max_output_tokens"): chosen, "reason": "News."})
    assert changed()["max_output_tokens"] == value


@pytest.mark.parametrize("chosen", ["", "2", "-1", "x"])
def test_nobody_s_word_counts_where_none_is_taken(page: Client, chosen: str) -> None:
    shown = show(page, litellm(max_output_tokens=900), models_dev(limit={"output": 800}))
    page.post(PAGE, {"facts_read": carried(shown), fact("max_output_tokens"): chosen, "reason": "News."})
    assert not Proposal.objects.exists()


def test_facts_of_a_new_model_go_with_it(page: Client) -> None:
    shown = show(page, litellm("gpt-2", max_output_tokens=900), models="openai/gpt-2")
    page.post(PAGE, {"facts_read": carried(shown), "models": "openai/gpt-2", "reason": "News."})
    kinds = {change.kind: change.after for change in Proposal.objects.get().change_set}
    assert (kinds["registry.model"] or {})["max_output_tokens"] == 900


def test_what_was_read_can_not_be_changed_on_the_way(page: Client) -> None:
    token = carried(show(page, litellm(max_output_tokens=900)))
    form = {"facts_read": f"x{token}", fact("max_output_tokens"): "0", "reason": "News."}
    assert "has changed on the way" in page.post(PAGE, form).content.decode()
    assert not Proposal.objects.exists()


def test_only_what_was_asked_of_a_source_goes_through_the_form(page: Client) -> None:
    (source,) = unpacked(carried(show(page, litellm("gpt-9", max_output_tokens=900))))
    assert not source.entries


@pytest.mark.parametrize(
    ("files", "why"),
    [((b"{}",), "It is neither the api.json of models.dev"), ((litellm(),) * 5, "At most 4 sources")],
)
def test_what_can_not_be_read_is_said(page: Client, files: tuple[bytes, ...], why: str) -> None:
    assert why in show(page, *files)


def test_facts_need_a_reason(page: Client) -> None:
    token = carried(show(page, litellm(max_output_tokens=900)))
    shown = page.post(PAGE, {"facts_read": token, fact("max_output_tokens"): "0"}).content.decode()
    assert "Give a reason" in shown
    assert unpacked(carried(shown)) == unpacked(token)


def test_no_more_facts_are_shown_than_a_form_may_have(page: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.admin.catalog_facts.MAX_SHOWN", 1)
    shown = show(page, litellm(max_output_tokens=900, supports_vision=True, supports_reasoning=True))
    assert shown.count('aria-label="Take ') == 1
    assert "2 more differ and are not shown" in shown


def test_facts_are_read_where_no_catalogue_of_prices_is_installed(
    page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise CatalogMissing

    monkeypatch.setattr("registry.admin.catalog.sellers", missing)
    shown = show(page, litellm(max_output_tokens=900))
    assert "Without it no price is compared." in shown
    page.post(PAGE, {"facts_read": carried(shown), fact("max_output_tokens"): "0", "reason": "News."})
    assert changed()["max_output_tokens"] == 900
