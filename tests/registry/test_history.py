"""Every configuration model keeps its history, with the actor as text and no secret."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from registry_cast import World
from simple_history.utils import bulk_update_with_history

from registry.models import Team, User

SECRET_COLUMNS = {"ciphertext", "sha256", "password"}
NAMED_BY_DIGEST = {"Price", "ChecklistItem"}  # theirs is of a price, and of a document
UNTRACKED = {
    "Notice",
    "Drift",
    "Pointer",
    "Release",
    "Suspension",
    # Written once, or what a person or a task leaves behind, each with its entry in the register.
    *("AccessToken", "Drill", "RetirementWarning"),
    *("Proposal", "ProposalEdit", "ProposalArea", "Approval", "Delegation", "Permit"),
    *("BrokenGlass", "BreakGlassReview"),
}
ROOT = Path(__file__).resolve().parents[2]


def tracked_models() -> list[type]:
    return [model for model in apps.get_app_config("registry").get_models() if hasattr(model, "history")]


def test_every_configuration_model_is_tracked() -> None:
    rows = [
        model for model in apps.get_app_config("registry").get_models() if not hasattr(model, "instance_type")
    ]
    assert {model.__name__ for model in rows if not hasattr(model, "history")} == UNTRACKED


@pytest.mark.parametrize("model", tracked_models(), ids=lambda model: model.__name__)
def test_history_has_an_actor_and_no_secret(model: type) -> None:
    columns = {field.name for field in model.history.model._meta.get_fields()}
    assert "history_actor" in columns
    secret = SECRET_COLUMNS - ({"sha256"} if model.__name__ in NAMED_BY_DIGEST else set())
    assert not columns & secret


def test_the_actor_outlives_the_user(world: World, cast: dict[str, User]) -> None:
    team = Team(name="research")
    team._history_user = cast["boss"]
    team.save()
    cast["boss"].delete()
    record = team.history.get()
    assert record.history_user_id is None
    assert record.history_actor == "boss"


def test_bulk_changes_name_their_actor_too(world: World, cast: dict[str, User]) -> None:
    team = world.application.team
    team.cost_centre = "42"
    bulk_update_with_history([team], Team, ["cost_centre"], default_user=cast["boss"])
    assert team.history.first().history_actor == "boss"


def test_no_code_updates_tracked_models_past_their_history() -> None:
    """`QuerySet.update()` writes no history: only rows that have none may be changed so."""
    untracked = {"AccessToken", "Notice", "Pointer"}
    offenders = []
    for path in (ROOT / "registry").rglob("*.py"):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "update"
            ):
                source = ast.unparse(node)
                if ".objects" in source and not any(source.startswith(f"{name}.") for name in untracked):
                    offenders.append(f"{path.name}: {source}")
    assert not offenders
