"""How many people must agree: shown for every area, and changed by a proposal of that area."""

from collections.abc import Callable

import pytest
from django.test import Client
from registry_cast import World

from registry.models import Area, Proposal, ReviewRule, User
from registry.services import proposals, releases

SignIn = Callable[[str], Client]
LIST, ADD = "/admin/registry/reviewrule/", "/admin/registry/reviewrule/add/"

pytestmark = pytest.mark.usefixtures("own_section_only")


def test_every_area_is_shown_with_what_holds(cast: dict[str, User], sign_in: SignIn) -> None:
    ReviewRule.objects.create(area=Area.FINANCE, quorum=0)
    areas = sign_in("author").get(LIST).context["areas"]
    assert {area.label: (area.quorum, area.said) for area in areas} == {
        "Platform": (1, False),
        "Privacy": (1, False),
        "Finance": (0, True),
    }


def test_who_may_not_change_it_is_offered_nothing(sign_in: SignIn) -> None:
    page = sign_in("auditor").get(LIST)
    assert [area.url for area in page.context["areas"]] == ["", "", ""]


def test_a_new_number_is_a_proposal_of_its_area(cast: dict[str, User], world: World, sign_in: SignIn) -> None:
    releases.publish(actor=cast["author"], reason="first")
    client = sign_in("author")
    assert 'value="privacy" selected' in client.get(f"{ADD}?area=privacy").content.decode()
    client.post(ADD, {"area": "privacy", "quorum": 2, "_save": "Save"})
    assert not ReviewRule.objects.exists()
    assert proposals.quorums_of(Proposal.objects.get().change_set) == {"privacy": 1}
