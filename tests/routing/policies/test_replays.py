import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from audit.core.canonical import canonical_json, sha256_hex
from audit.services import entries
from registry.services import releases
from routing.core import codec
from routing.core.decide import decide
from routing.core.facts import Health, Live
from routing.replays import Verdict, replay_all
from routing.selectors import compile_release
from tests.routing.core.builders import facts
from tests.routing.replay import assert_decisions_replay

pytestmark = pytest.mark.django_db
NOW_US = 1_800_000_000_000_000


@pytest.fixture
def published(standard, author):
    return releases.publish(actor=author, reason="first")


def parts(published, **asked):
    """The body of an entry, as the web process writes it."""
    release = compile_release(published.number, published.digest, json.loads(published.document))
    given = facts(clearance="restricted", **asked)
    live = Live(NOW_US, {"alpha-eu": Health("open")})
    decision = decide(release, given, live)
    return {
        "decision": codec.decision_value(decision),
        "facts": codec.facts_value(given),
        "live": codec.live_value(live, decision),
        "release": {"number": published.number, "sha256": published.digest},
    }


def recorded(body):
    entries.record("request.refused", body)
    (found,) = replay_all()
    return found.verdict


def digest_of(value):
    data = canonical_json(value)
    return {"bytes": len(data), "sha256": sha256_hex(data)}


@pytest.mark.parametrize("asked", [{}, {"task": "extract"}, {"data_class": "restricted"}, {"requested": "x"}])
def test_what_the_register_holds_is_derived_again(published, asked):
    assert recorded(parts(published, **asked)) is Verdict.SAME
    assert assert_decisions_replay() == 1


@pytest.mark.parametrize(
    ("spoil", "verdict"),
    [
        (lambda body: body["decision"].update(rule="extract"), Verdict.DIFFERENT),
        (lambda body: body["live"].pop("open"), Verdict.DIFFERENT),
        (lambda body: body["release"].update(number=99), Verdict.RELEASE_MISSING),
        (lambda body: body["release"].update(sha256="00"), Verdict.RELEASE_MISSING),
        (lambda body: body.update(live=digest_of(body["live"])), Verdict.INPUTS_MISSING),
        (lambda body: body.update(decision=digest_of(body["decision"])), Verdict.SAME),
        (lambda body: body.update(decision=digest_of(["other"])), Verdict.DIFFERENT),
        (lambda body: body.pop("decision"), Verdict.UNDECIDED),
    ],
)
def test_a_record_that_does_not_replay_says_why(published, spoil, verdict):
    body = parts(published)
    spoil(body)
    assert recorded(body) is verdict


def test_the_command_counts_and_fails_where_one_comes_out_different(published):
    entries.record("request.refused", parts(published))
    out = StringIO()
    call_command("replay_decisions", stdout=out)
    assert "same: 1" in out.getvalue()
    changed = parts(published)
    changed["decision"]["queue"] = "elsewhere"
    entries.record("request.refused", changed)
    with pytest.raises(CommandError, match="1 decisions come out different"):
        call_command("replay_decisions", stdout=StringIO(), stderr=StringIO())
