"""Team admins see and change their own team's rows, and no other's, by any page or address."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import models
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from audit import scopes
from audit.core.ids import uuid7
from audit.models import Attempt, Entry, Feedback, Request
from audit.services.entries import record
from billing.models import Budget, BudgetAlert, LedgerEntry
from billing.services import budgets
from evaluation.models import EvaluationItem, EvaluationSet, ModelRun
from registry.models import (
    ApiKey,
    Application,
    DataClass,
    Notice,
    Team,
    TeamMembership,
    TeamRole,
    User,
)
from registry.services import keys, memberships, notices, roles
from routing.batches import files
from routing.models import Batch, CacheComparison, CacheHit, HeldAnswer, Purpose

ADMINS = [(model, made) for model, made in admin.site._registry.items()]
NAMES_OF_TEAMS = {"team"}  # text columns that hold a team's name
WITHOUT_TEAM = {User}  # reached from memberships, not the other way round


@dataclass
class Side:
    """One team and a row of each kind that belongs to it."""

    team: Team
    rows: dict[type[models.Model], Any]

    def __getitem__(self, model: type[models.Model]) -> Any:
        return self.rows[model]


def side(name: str) -> Side:
    team = Team.objects.create(name=name)
    application = Application.objects.create(team=team, name=f"{name}-app")
    public, _ = DataClass.objects.get_or_create(name="public", defaults={"rank": 0})
    key = keys.create(actor=None, application=application, name=f"{name}-key", clearance=public).key
    now = timezone.now()
    request = Request.objects.create(
        id=uuid7(),
        accepted_at=now,
        state="running",
        operation="chat",
        team=name,
        application=application.name,
    )
    attempt = Attempt.objects.create(
        id=uuid7(),
        request=request,
        number=1,
        path="0",
        deployment="d",
        model="m",
        model_version="1",
        provider="p",
        sent_model="m-1",
        outcome="ok",
        started_at=now,
        finished_at=now,
    )
    said = Feedback.objects.create(request=request, api_key=key.prefix, score=500, given_at=now)
    limit = Budget(name=f"{name}-budget", limit_usd=Decimal(5), team=team)
    budget = budgets.save(budget=limit, actor=None).budget
    alert = BudgetAlert.objects.create(
        budget=budget, window_start=now, threshold=50, spent_nano=1, limit_nano=2, at=now
    )
    ledger = LedgerEntry.objects.create(
        kind="settled", request_id=request.pk, amount_nano=1, window_at=now, at=now, team=name
    )
    person = User.objects.create_user(f"{name}-admin", is_staff=True)
    person.groups.add(Group.objects.get(name=roles.TEAM_ADMIN))
    membership = memberships.save(
        actor=None, membership=TeamMembership(user=person, team=team, role=TeamRole.ADMIN)
    )
    (notice,) = notices.tell(kind="budget.threshold", subject=f"for {name}", to_users=[person])
    entry = record("request.accepted", {"team": name}, request.pk)
    questions = EvaluationSet.objects.create(name=f"{name}-set", application=application, data_class=public)
    asked = ModelRun.objects.create(set=questions, key_prefix=key.prefix, targets=["m"], created_at=now)
    question = EvaluationItem.objects.create(set=questions, position=0, key="1", messages=[], digest="0" * 64)
    held = HeldAnswer.objects.create(request_id=request.pk, held_at=now, expires_at=now, team=name)
    file = files.new(team_id=str(team.pk), filename="in.jsonl", purpose=Purpose.BATCH)
    batch = Batch.objects.create(team=team, input_id=file.pk, created_at=now, expires_at=now)
    again = {
        "request_id": request.pk,
        "of_request": request.pk,
        "policy": "std",
        "team": name,
        "application": application.name,
        "similarity_milli": 1000,
        "at": now,
    }
    hit = CacheHit.objects.create(kind="exact", model="m", model_version="1", saved_nano=1, **again)
    near = CacheComparison.objects.create(basis="b", is_same=True, **again)
    rows = (team, application, key, request, attempt, said, budget, alert, ledger, membership, notice, entry)
    return Side(
        team, {type(row): row for row in (*rows, questions, question, held, file, batch, asked, hit, near)}
    )


@pytest.fixture
def ours(db: None) -> Side:
    roles.seed()
    return side("ours")


@pytest.fixture
def theirs(ours: Side) -> Side:
    return side("theirs")


def client_of(side: Side) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=f"{side.team.name}-admin"))
    return client


def all_rights(user: User) -> None:
    """Every permission there is but the one to every team: the scope alone must hold."""
    user.user_permissions.set(Permission.objects.exclude(codename="every_team"))


def leads_to_team(model: type[models.Model], seen: frozenset[type] = frozenset()) -> bool:
    """Whether a row of `model` belongs to a team: by a chain of foreign keys, or by its name as text."""
    if model is Team:
        return True
    if model in seen or model in WITHOUT_TEAM:
        return False
    for field in model._meta.concrete_fields:
        if field.name in NAMES_OF_TEAMS and isinstance(field, models.CharField):
            return True
        if field.is_relation and leads_to_team(field.related_model, seen | {model}):
            return True
    return False


@pytest.mark.parametrize(("model", "made"), ADMINS, ids=lambda value: getattr(value, "__name__", ""))
def test_every_admin_class_of_rows_with_a_path_to_a_team_is_scoped(
    ours: Side, theirs: Side, model: type[models.Model], made: Any
) -> None:
    if not leads_to_team(model):
        return
    assert scopes.is_scoped(model), f"say in registry.scopes how {model.__name__} belongs to a team"
    assert model in theirs.rows, f"this test has no {model.__name__} of another team to hide"
    request = RequestFactory().get("/")
    request.user = User.objects.get(username="ours-admin")
    all_rights(request.user)
    seen = set(made.get_queryset(request).values_list("pk", flat=True))
    assert theirs[model].pk not in seen
    assert not made.has_view_permission(request, theirs[model])
    assert not made.has_change_permission(request, theirs[model])
    assert not made.has_delete_permission(request, theirs[model])


SHOWN = [Team, Application, ApiKey, Budget, TeamMembership, Request, LedgerEntry, Notice, Entry]


def address(model: type[models.Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model.__name__)
def test_another_teams_row_is_found_by_no_guessed_address(
    ours: Side, theirs: Side, model: type[models.Model]
) -> None:
    all_rights(User.objects.get(username="ours-admin"))
    client, row = client_of(ours), theirs[model]
    pages = ["change", "history"] + ([] if model in (Request, LedgerEntry, Notice, Entry) else ["delete"])
    for page in pages:
        answer = client.get(address(model, page, row.pk))
        assert answer.status_code in (302, 403, 404), page


@pytest.mark.parametrize("model", [Team, Application, ApiKey, Budget, TeamMembership])
def test_another_teams_history_is_shut_also_after_the_row_is_gone(
    ours: Side, theirs: Side, model: type[models.Model]
) -> None:
    row = theirs[model]
    version = row.history.first()
    all_rights(User.objects.get(username="ours-admin"))
    urls = [address(model, "history", row.pk), address(model, "simple_history", row.pk, version.history_id)]
    if model is TeamMembership:
        memberships.remove(actor=None, membership=row)
    assert {client_of(ours).get(url).status_code for url in urls} == {403}


@pytest.mark.parametrize("model", [Team, Application, ApiKey, Budget, Request, LedgerEntry])
def test_lists_and_their_filters_name_no_other_team(
    ours: Side, theirs: Side, model: type[models.Model]
) -> None:
    text = client_of(ours).get(address(model, "changelist")).content.decode()
    assert "ours" in text
    assert "theirs" not in text


@pytest.mark.parametrize(
    ("field", "model"), [("team", Application), ("application", ApiKey), ("team", Budget)]
)
def test_what_is_offered_while_typing_is_ones_own(
    ours: Side, theirs: Side, field: str, model: type[models.Model]
) -> None:
    meta = model._meta
    query = {"app_label": meta.app_label, "model_name": meta.model_name, "field_name": field}
    found = client_of(ours).get(reverse("admin:autocomplete"), query).json()["results"]
    assert found
    assert not [one for one in found if "theirs" in json.dumps(one)]


def form_of_key(side: Side) -> dict[str, Any]:
    return {
        "application": side[Application].pk,
        "name": "new",
        "scopes": ["chat"],
        "clearance": DataClass.objects.get().pk,
    }


def form_of_budget(side: Side, **fields: Any) -> dict[str, Any]:
    form = {"name": "new", "limit_usd": "3", "window": "month", "enforcement": "hard", "thresholds": "[50]"}
    nested = {f"alerts-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    return {**form, **nested, "enabled": "on", "team": side.team.pk, **fields}


def form_of_application(side: Side) -> dict[str, Any]:
    nested = {f"api_keys-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    return {"team": side.team.pk, "name": "new-app", "is_active": "on", **nested}


@pytest.mark.parametrize(
    ("model", "form"),
    [(ApiKey, form_of_key), (Budget, form_of_budget), (Application, form_of_application)],
    ids=["key", "budget", "application"],
)
def test_a_team_admin_adds_to_the_own_team_alone(
    ours: Side, theirs: Side, model: type[models.Model], form: Callable[[Side], dict[str, Any]]
) -> None:
    before, client = model._default_manager.count(), client_of(ours)
    client.post(address(model, "add"), form(theirs))
    assert model._default_manager.count() == before
    client.post(address(model, "add"), form(ours))
    assert model._default_manager.count() == before + 1


@pytest.mark.parametrize("team", ["", "theirs"])
def test_no_budget_of_the_whole_organisation_or_of_others_is_made(
    ours: Side, theirs: Side, team: str
) -> None:
    chosen = theirs.team.pk if team else ""
    client_of(ours).post(address(Budget, "add"), form_of_budget(ours, team=chosen))
    client_of(ours).post(
        address(Budget, "change", ours[Budget].pk), form_of_budget(ours, name="ours-budget", team=chosen)
    )
    assert {budget.team for budget in Budget.objects.all()} == {ours.team, theirs.team}
    assert Budget.objects.filter(team=ours.team).count() == 1


def test_a_budget_for_anothers_application_is_not_made(ours: Side, theirs: Side) -> None:
    form = form_of_budget(ours, application=theirs[Application].pk)
    client_of(ours).post(address(Budget, "add"), form)
    assert not Budget.objects.filter(application=theirs[Application]).exists()


@pytest.mark.parametrize("role", [TeamRole.MEMBER, TeamRole.VIEWER])
def test_who_only_belongs_to_a_team_changes_nothing_in_it(ours: Side, role: TeamRole) -> None:
    membership = ours[TeamMembership]
    membership.role = role
    memberships.save(actor=None, membership=membership)
    client, key = client_of(ours), ours[ApiKey]
    assert client.get(address(ApiKey, "change", key.pk)).status_code == 200
    assert client.post(address(ApiKey, "change", key.pk), form_of_key(ours)).status_code == 403
    assert client.post(address(ApiKey, "add"), form_of_key(ours)).status_code == 403
    assert client.post(address(ApiKey, "revoke", key.pk)).status_code == 403


def test_another_teams_key_is_not_revoked(ours: Side, theirs: Side) -> None:
    client = client_of(ours)
    assert client.post(address(ApiKey, "revoke", theirs[ApiKey].pk)).status_code == 404
    chosen = {"action": "revoke_selected", "_selected_action": [theirs[ApiKey].pk, ours[ApiKey].pk]}
    client.post(address(ApiKey, "changelist"), chosen)
    states = dict(ApiKey.objects.values_list("name", "revoked_at"))
    assert (states["ours-key"] is None, states["theirs-key"] is None) == (False, True)


def test_an_export_holds_the_own_teams_rows_alone(ours: Side, theirs: Side) -> None:
    user = User.objects.get(username="ours-admin")
    user.user_permissions.add(Permission.objects.get(codename="export_register"))
    answer = client_of(ours).post(address(Request, "export"), {"format": "jsonl"})
    rows = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]  # type: ignore[attr-defined]
    assert [row["team"] for row in rows] == ["ours"]


def test_the_right_to_every_team_shows_both(ours: Side, theirs: Side) -> None:
    boss = User.objects.create_user("boss", is_staff=True)
    boss.groups.add(Group.objects.get(name=roles.ADMIN))
    assert scopes.visible(boss, Team.objects.all()).count() == 2


def test_who_is_in_no_team_sees_no_team(ours: Side) -> None:
    nobody = User.objects.create_user("nobody", is_staff=True)
    all_rights(nobody)
    nobody = User.objects.get(pk=nobody.pk)
    assert not scopes.visible(nobody, Team.objects.all()).exists()
    assert not scopes.visible(nobody, Request.objects.all()).exists()


def test_leaving_a_team_acts_at_the_next_request(ours: Side) -> None:
    client = client_of(ours)
    assert client.get(address(Team, "change", ours.team.pk)).status_code == 200
    memberships.remove(actor=None, membership=ours[TeamMembership])
    assert client.get(address(Team, "change", ours.team.pk)).status_code != 200


def test_a_membership_is_in_the_register_in_words(ours: Side) -> None:
    entry = Entry.objects.filter(event_type="role.changed").latest("event_id")
    assert entry.data["says"] == "ours-admin belongs to the team ours now: administers the team."
