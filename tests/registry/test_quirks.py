"""How an endpoint departs from its dialect: entered by name, checked, and compiled into the release."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from registry_cast import World, make_deployment

from registry.dialects import quirk_choices, quirk_problem, quirks_of
from registry.models import Deployment, Dialect
from registry.releases.clock import to_us
from registry.releases.compiler import compile_document, validate_document
from routing import adapters


def test_each_dialect_of_the_registry_is_spoken() -> None:
    assert set(Dialect.values) == set(adapters.names())
    assert all(quirks_of(dialect) == adapters.quirks(dialect) for dialect in Dialect.values)


def test_the_form_offers_each_quirk_once_with_the_dialects_that_have_it() -> None:
    choices = dict(quirk_choices())
    assert "openai" in choices["max_tokens"]
    assert all(dialect in choices["bearer"] for dialect in ("openai", "anthropic", "gemini"))


@pytest.mark.parametrize(
    ("dialect", "names", "problem"),
    [
        ("openai", [], None),
        ("openai", ["max_tokens", "bearer"], None),
        ("openai", ["bearer", "bearer"], "listed twice"),
        ("openai", ["no_sampling"], "no quirk no_sampling"),
        ("morse", ["bearer"], "It has: none"),
    ],
)
def test_a_quirk_is_one_of_its_dialect(dialect: str, names: list[str], problem: str | None) -> None:
    found = quirk_problem(dialect, names)
    assert found is None if problem is None else problem in str(found)


@pytest.mark.django_db
@pytest.mark.parametrize("quirks", [["no_sampling"], ["max_tokens"] * 2, "max_tokens", 7, [{}]])
def test_a_deployment_with_quirks_that_are_none_is_refused(quirks: object) -> None:
    with pytest.raises(ValidationError, match=r"quirk|Quirk"):
        make_deployment("odd", quirks=quirks)


@pytest.mark.usefixtures("own_section_only")
def test_quirks_are_compiled_in_order(world: World) -> None:
    make_deployment("odd", quirks=["no_stream_options", "max_tokens"])
    compiled = {item["name"]: item["quirks"] for item in compile_document().document["deployments"]}
    assert compiled == {"gpt-eu": [], "odd": ["max_tokens", "no_stream_options"]}


@pytest.mark.usefixtures("own_section_only")
def test_a_quirk_that_its_dialect_does_not_know_is_not_published(world: World) -> None:
    Deployment.objects.filter(pk=world.deployment.pk).update(quirks=["no_sampling"])
    found = validate_document(compile_document().document, to_us(timezone.now()))
    assert [(finding.severity, finding.subject) for finding in found if finding.code == "quirk_unknown"] == [
        ("error", "deployment gpt-eu")
    ]


@pytest.mark.usefixtures("own_section_only")
def test_a_dialect_that_this_installation_can_not_speak_is_not_published(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.dialects._unspoken", {world.deployment.dialect: "Install it."})
    found = validate_document(compile_document().document, to_us(timezone.now()))
    assert [(each.subject, each.message) for each in found if each.code == "dialect_unusable"] == [
        ("deployment gpt-eu", "Install it.")
    ]
    with pytest.raises(ValidationError, match="Install it"):
        world.deployment.full_clean()
