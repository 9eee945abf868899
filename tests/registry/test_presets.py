"""A deployment may begin with a known endpoint."""

from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse

from registry.dialects import preset_of, presets


def add_page(client: Client, **query: str):
    return client.get(reverse("admin:registry_deployment_add") + "?" + urlencode(query))


def test_the_form_offers_every_known_endpoint(sign_in) -> None:
    page = add_page(sign_in("boss")).content.decode()
    assert all(f'href="?preset={preset.name}"' in page for preset in presets())


def test_a_known_endpoint_fills_in_the_form(sign_in) -> None:
    form = add_page(sign_in("boss"), preset="groq").context["adminform"].form
    groq = preset_of("groq")
    assert form.get_initial_for_field(form.fields["base_url"], "base_url") == groq.base_url
    assert form.get_initial_for_field(form.fields["dialect"], "dialect") == "openai"
    assert form.get_initial_for_field(form.fields["quirks"], "quirks") == list(groq.quirks)


def test_an_unknown_one_fills_in_nothing(sign_in) -> None:
    form = add_page(sign_in("boss"), preset="nobody").context["adminform"].form
    assert not form.initial.get("base_url")


def test_a_deployment_that_exists_is_offered_none(sign_in, world) -> None:
    url = reverse("admin:registry_deployment_change", args=[world.deployment.pk])
    assert "?preset=" not in sign_in("boss").get(url).content.decode()
