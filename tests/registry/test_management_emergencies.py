"""Breaking the glass, reviewing it and taking up what conflicts, by the management API."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from management_cast import Person
from proposal_cast import Cast, approved, slower, submitted, timeout_of
from registry_cast import World

from audit.models import Entry
from registry.models import Proposal
from registry.services import applying, proposals, releases

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_section_only")]


@pytest.fixture
def live(cast: Cast, world: World) -> World:
    releases.publish(actor=cast["author"], reason="first")
    return world


def glass(proposal: Proposal, **fields: object) -> dict[str, object]:
    return {"digest": proposal.digest, "reason": "Everything hangs.", "for_s": 60, **fields}


def test_the_glass_is_broken_and_reviewed(cast: Cast, live: World) -> None:
    proposal = submitted(cast, live)
    made = Person(cast["boss"]).post("proposals/1/break-glass", **glass(proposal))
    assert (made["break_glass"], timeout_of(live)) == (True, 30)
    verdict = {"digest": proposal.digest, "keep": False, "reason": "No."}
    assert Person(cast["author"]).refused("POST", "proposals/1/review", verdict) == "own_proposal"
    assert Person(cast["approver"]).refused(
        "POST", "proposals/1/review", {**verdict, "digest": "0" * 64}
    ) == ("changed_since_read")
    Person(cast["approver"]).post("proposals/1/review", **verdict)
    assert timeout_of(live) == 60
    assert Person(cast["approver"]).refused("POST", "proposals/1/review", verdict) == "already_decided"


REFUSED = [
    ("boss", {"for_s": 10**9}, "wrong_state"),
    ("boss", {"reason": " "}, "reason_missing"),
    ("boss", {"digest": "0" * 64}, "changed_since_read"),
    ("author", {}, "not_permitted"),
]


@pytest.mark.parametrize(("who", "fields", "code"), REFUSED)
def test_what_is_no_emergency(
    cast: Cast, live: World, who: str, fields: dict[str, object], code: str
) -> None:
    proposal = submitted(cast, live)
    asked = glass(proposal, **fields)
    assert Person(cast[who]).refused("POST", "proposals/1/break-glass", asked) == code
    assert timeout_of(live) == 60


def test_a_token_for_everything_else_breaks_no_glass(cast: Cast, live: World) -> None:
    person = Person(cast["boss"], ("read", "propose", "approve", "suspend"))
    asked = glass(submitted(cast, live))
    assert person.refused("POST", "proposals/1/break-glass", asked) == "insufficient_scope"


@pytest.mark.parametrize(("keeps", "timeout_s"), [(False, 20), (True, 30)])
def test_what_conflicts_is_taken_up(cast: Cast, live: World, keeps: bool, timeout_s: int) -> None:
    first = approved(cast, live, 30)
    proposals.draft(author=cast["author"], title="Second", changes=slower(live, 20), reason="So.")
    applying.apply(proposal=first, actor=None)
    author = Person(cast["author"])
    read = author.get("proposals/2")
    (conflict,) = read["conflicts"]
    keep = [conflict["place"]] if keeps else []
    asked = {"digest": read["digest"], "seen": read["seen"], "keep": keep}
    assert author.refused("POST", "proposals/2/take-up", {**asked, "seen": "0" * 64}) == "changed_since_read"
    answer = author.call("POST", "proposals/2/take-up", asked)
    if keeps:
        assert answer.json()["error"]["code"] == "nothing_proposed"
    else:
        assert answer.json()["conflicts"] == []
        assert answer.json()["changes"][0]["after"] == {"timeout_s": timeout_s}


@pytest.mark.parametrize("to_file", [True, False])
def test_an_export_by_command_is_on_record(live: World, tmp_path: Path, to_file: bool) -> None:
    out, where = StringIO(), tmp_path / "signalbox.yaml"
    call_command("config", "export", *(["-o", str(where)] if to_file else []), stdout=out)
    told = json.loads(Entry.objects.get(event_type="export.generated").body)["data"]
    assert (told["what"], told["release"], told["format"]) == ("configuration", 1, "yaml")
    assert told["actor"]["kind"] == "system"
    assert "the system" in told["actor"]["name"]
    assert "gpt-eu" in (where.read_text() if to_file else out.getvalue())
