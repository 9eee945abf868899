"""What must not pass, tried through the API and the command line: both are doors to the same services."""

import threading
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone
from governance import set_quorums
from management_cast import Person, code_of
from registry_cast import make_deployment, make_price

from audit.models import Entry
from registry.models import DataClass, Deployment, Proposal, ProposalState, Release, User
from registry.services import access_tokens, applying, delegations, matrix, prices

pytestmark = [
    pytest.mark.governed,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_section_only"),
]
Cast = dict[str, User]
Door = Callable[[User, str, str], str]


@pytest.fixture
def live(cast: Cast) -> None:
    """A first configuration in force, put there as people do; others come after it by two people."""
    cache.clear()

    def work() -> None:
        public = DataClass.objects.create(name="public", rank=0)
        deployment = make_deployment()
        prices.add(actor=None, price=make_price(deployment, valid_from=timezone.now()))
        matrix.decide(
            actor=None, deployment=deployment, data_class=public, decision="approved", evidence="ticket 1"
        )
        set_quorums(1)

    applying.directly(author=cast["author"], title="First", reason="First.", work=work)


def proposed(author: Person, timeout_s: int = 30) -> dict[str, Any]:
    """A submitted proposal of the author's."""
    document = author.get("config")
    document["deployments"]["gpt-eu"]["timeout_s"] = timeout_s
    made = author.post("proposals", 201, title="Slower", reason="So.", config=document)
    path = f"proposals/{made['number']}"
    return dict(author.post(f"{path}/submit", digest=made["digest"]))


@pytest.fixture
def waiting(cast: Cast, live: None) -> dict[str, Any]:
    return proposed(Person(cast["author"]))


def by_api(user: User, verb: str, digest: str) -> str:
    """What the API says when `user` does this to the newest proposal; empty where it does it."""
    number = Proposal.objects.latest("number").number
    body = {"digest": digest, **({"reason": "No."} if verb == "reject" else {})}
    answer = Person(user).call("POST", f"proposals/{number}/{verb}", body)
    return "" if answer.status_code == 200 else code_of(answer)


def by_command(user: User, verb: str, digest: str) -> str:
    number = Proposal.objects.latest("number").number
    arguments = ["proposals", verb, str(number), "--as", user.username]
    arguments += [] if verb == "apply" else ["--digest", digest, "--reason", "No."]
    try:
        call_command(*arguments, stdout=StringIO())
    except CommandError as error:
        return str(error)
    return ""


@pytest.fixture(params=[by_api, by_command])
def door(request: pytest.FixtureRequest) -> Door:
    return request.param  # type: ignore[no-any-return]


def nothing_happened() -> bool:
    return Release.objects.count() == 1 and Deployment.objects.get().timeout_s == 60


@pytest.mark.parametrize("verb", ["approve", "reject"])
@pytest.mark.parametrize("superuser", [False, True])
def test_nobody_decides_on_their_own(
    cast: Cast, waiting: dict[str, Any], door: Door, superuser: bool, verb: str
) -> None:
    cast["author"].is_superuser = superuser
    cast["author"].save()
    assert door(cast["author"], verb, waiting["digest"])
    assert door(cast["author"], "apply", waiting["digest"])
    assert nothing_happened()
    assert Proposal.objects.latest("number").state == ProposalState.SUBMITTED


def test_nobody_borrows_the_right_to_decide_on_their_own(
    cast: Cast, waiting: dict[str, Any], door: Door
) -> None:
    ends = timezone.now() + timedelta(days=1)
    delegations.delegate(principal=cast["approver"], to=cast["author"], ends_at=ends, reason="Away.")
    assert door(cast["author"], "approve", waiting["digest"])
    assert nothing_happened()


def test_nobody_lets_another_decide_for_them_on_their_own(cast: Cast, live: None, door: Door) -> None:
    """The author may approve things, and has another act for them; even with rights of their own."""
    ends = timezone.now() + timedelta(days=1)
    cast["author"].groups.add(*cast["approver"].groups.all())
    author = User.objects.get(username="author")
    waiting = proposed(Person(author))
    delegations.delegate(principal=author, to=cast["approver"], ends_at=ends, reason="Away.")
    assert door(cast["approver"], "approve", waiting["digest"])
    assert nothing_happened()


@pytest.mark.parametrize("person", ["auditor", "outsider", "boss"])
def test_who_has_no_right_decides_on_nothing(
    cast: Cast, waiting: dict[str, Any], door: Door, person: str
) -> None:
    assert door(cast[person], "approve", waiting["digest"])
    assert door(cast[person], "apply", waiting["digest"])
    assert nothing_happened()


def test_an_old_approval_can_not_be_replayed(cast: Cast, waiting: dict[str, Any], door: Door) -> None:
    author, digest = Person(cast["author"]), waiting["digest"]
    assert not door(cast["approver"], "approve", digest)
    edited = waiting["changes"]
    edited[0]["after"] = {"timeout_s": 1}
    path = f"proposals/{waiting['number']}"
    worse = author.call("PUT", path, {"digest": digest, "changes": edited}).json()
    assert door(cast["author"], "apply", worse["digest"])
    author.post(f"{path}/submit", digest=worse["digest"])
    assert door(cast["approver"], "approve", digest)
    assert door(cast["author"], "apply", digest)
    assert nothing_happened()


def test_an_editor_of_the_proposal_no_longer_approves_it(cast: Cast, waiting: dict[str, Any]) -> None:
    cast["approver"].groups.add(*cast["author"].groups.all())
    approver, path = Person(User.objects.get(username="approver")), f"proposals/{waiting['number']}"
    edited = approver.call("PUT", path, {"digest": waiting["digest"], "title": "Mine"}).json()
    approver.post(f"{path}/submit", digest=edited["digest"])
    assert approver.refused("POST", f"{path}/approve", {"digest": edited["digest"]}) == "own_proposal"


READING = ("GET", "proposals", None)
SCOPES = [
    ("read", "POST", "proposals", {"title": "x"}),
    ("read", "POST", "proposals/2/approve", {}),
    ("read", "POST", "suspensions", {}),
    ("propose", "POST", "proposals/2/approve", {}),
    ("propose", "POST", "suspensions", {}),
    ("propose", "GET", "config", None),
    ("approve", "POST", "proposals", {"title": "x"}),
    ("approve", "PUT", "proposals/2", {}),
    ("suspend", "POST", "suspensions/0197f5a0-0000-7000-8000-000000000001/lift", {}),
    ("suspend", "GET", "proposals", None),
]


@pytest.mark.parametrize(("scope", "method", "path", "body"), SCOPES)
def test_a_token_of_another_scope_opens_nothing(
    cast: Cast, live: None, scope: str, method: str, path: str, body: Any
) -> None:
    cast["boss"].is_superuser = True
    cast["boss"].save()
    assert Person(cast["boss"], (scope,)).refused(method, path, body) == "insufficient_scope"


@pytest.mark.parametrize("end", ["revoked", "expired", "deactivated", "no staff", "no role"])
def test_a_token_is_worth_what_its_user_is_at_that_moment(
    cast: Cast, waiting: dict[str, Any], end: str
) -> None:
    user = cast["approver"]
    person = Person(user)
    token = user.access_tokens.get()
    match end:
        case "revoked":
            access_tokens.revoke(actor=user, token=token)
        case "expired":
            token.expires_at = timezone.now()
            token.save()
        case "deactivated":
            User.objects.filter(pk=user.pk).update(is_active=False)
        case "no staff":
            User.objects.filter(pk=user.pk).update(is_staff=False)
        case "no role":
            user.groups.clear()
    asked = {"digest": waiting["digest"]}
    refused = person.refused("POST", f"proposals/{waiting['number']}/approve", asked)
    assert refused == ("not_permitted" if end == "no role" else "invalid_token")
    assert nothing_happened()


def test_a_token_names_its_user_whatever_session_comes_with_it(cast: Cast, waiting: dict[str, Any]) -> None:
    author = Person(cast["author"])
    author.client.force_login(cast["approver"])
    asked = {"digest": waiting["digest"]}
    assert author.refused("POST", f"proposals/{waiting['number']}/approve", asked) == "own_proposal"


def test_the_register_says_by_which_token_it_was(cast: Cast, waiting: dict[str, Any]) -> None:
    approver = Person(cast["approver"])
    approver.post(f"proposals/{waiting['number']}/approve", digest=waiting["digest"])
    prefix = approver.token.split("-")[1]
    assert f'"token":"{prefix}"' in Entry.objects.get(event_type="approval.given").body
    assert not Entry.objects.filter(event_type="proposal.approved", body__contains=prefix).exists()


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call answers, all of them begun at the same moment."""
    begin, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        begin.wait(timeout=10)
        try:
            answers[place] = call()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item, daemon=True) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


def test_of_two_who_approve_and_apply_at_once_there_is_one_release(
    cast: Cast, waiting: dict[str, Any]
) -> None:
    second = User.objects.create_user("second", is_staff=True)
    second.groups.set(cast["approver"].groups.all())
    path, asked = f"proposals/{waiting['number']}", {"digest": waiting["digest"]}

    def racing(person: Person) -> Callable[[], list[int]]:
        return lambda: [
            person.call("POST", f"{path}/{verb}", asked).status_code for verb in ("approve", "apply")
        ]

    answers = at_once(*(racing(Person(user)) for user in (cast["approver"], second)))
    approved, applied = zip(*answers, strict=True)
    assert sorted(approved) == [200, 409]
    assert sorted(applied) == [200, 409]
    assert Release.objects.count() == 2
    assert Deployment.objects.get().timeout_s == 30


def test_of_two_who_edit_at_once_one_is_told(cast: Cast, live: None) -> None:
    author = Person(cast["author"])
    made = proposed(author)
    path = f"proposals/{made['number']}"

    def editing(timeout_s: int) -> Callable[[], int]:
        rows = [{**made["changes"][0], "after": {"timeout_s": timeout_s}}]
        asked = {"digest": made["digest"], "changes": rows}
        return lambda: author.call("PUT", path, asked).status_code

    assert sorted(at_once(editing(11), editing(12))) == [200, 409]
