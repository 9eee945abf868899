"""The page of detection rules: readable, and a change is a draft like every other."""

import pytest
from django.test import Client
from django.urls import reverse

from registry.models import DataClass, User
from routing.models import DetectionRule

pytestmark = pytest.mark.django_db


@pytest.fixture
def console(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root", "root@example.com", "a-password-of-tests"))
    return client


def test_the_list_says_in_words_what_happens(console: Client) -> None:
    restricted = DataClass.objects.create(name="restricted", rank=30)
    DetectionRule.objects.create(finds="payment", data_class=restricted, action="redact")
    page = console.get(reverse("admin:routing_detectionrule_changelist")).content.decode()
    assert "Payment data" in page
    assert "Replace it by placeholders before it leaves" in page


def test_the_form_offers_kinds_and_detectors(console: Client) -> None:
    page = console.get(reverse("admin:routing_detectionrule_add")).content.decode()
    assert "Everything of a kind" in page
    assert "Polish PESEL" in page
