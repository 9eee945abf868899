"""Small releases, facts and live inputs; each test says only what it is about."""

from typing import Any

from routing.core.facts import Facts, Health, Live
from routing.core.release import (
    Cell,
    CellDecision,
    Condition,
    DataClass,
    Deployment,
    Fallback,
    Model,
    Policy,
    Price,
    Release,
    Route,
    Rule,
)

NOW_US = 1_700_000_000_000_000
CLASSES = {
    "public": DataClass("public", 0),
    "internal": DataClass("internal", 10),
    "confidential": DataClass("confidential", 20),
}
APPROVED = Cell(CellDecision.APPROVED)
PRICE = Price("price-1", "ab" * 32, 0, None, 1_000_000_000, 2_000_000_000)


def deployment(name: str, model: str = "", **changes: Any) -> Deployment:
    """Approved for `public` and `internal`, priced, without limits."""
    given: dict[str, Any] = {
        "version": "v1",
        "upstream_id": f"{name}-upstream",
        "family": "family",
        "provider": "acme",
        "dialect": "openai",
        "base_url": "https://models.example",
        "credential": "",
        "region": "eu",
        "queue": "default",
        "lifecycle": "approved",
        "enabled": True,
        "weight": 100,
        "capabilities": frozenset({"tools"}),
        "context_window_tokens": 8_000,
        "max_output_tokens": 1_000,
        "image_tokens_bound": 100,
        "timeout_s": 30,
        "prices": (PRICE,),
        "cells": {"public": APPROVED, "internal": APPROVED},
    }
    return Deployment(name=name, model=model or name, **{**given, **changes})


def rule(route: Route | None, *conditions: Condition, name: str = "all") -> Rule:
    return Rule(name, conditions, route)


def release(*deployments: Deployment, rules: tuple[Rule, ...] | None = None, **changes: Any) -> Release:
    """One default policy "std"; without `rules`, one rule that tries every model in order."""
    models = tuple(Model(name) for name in dict.fromkeys(d.model for d in deployments))
    route: Route = Fallback(models) if len(models) > 1 else models[0] if models else Model("none")
    policy = Policy("std", rules if rules is not None else (rule(route),))
    given: dict[str, Any] = {
        "number": 1,
        "digest": "d",
        "data_classes": CLASSES,
        "deployments": {d.name: d for d in deployments},
        "policies": {"std": policy},
        "default_policy": "std",
    }
    return Release(**{**given, **changes})


def facts(**changes: Any) -> Facts:
    given: dict[str, Any] = {
        "request_id": "01900000-0000-7000-8000-000000000000",
        "requested": "auto",
        "team": "team-a",
        "application": "app-a",
        "api_key": "abcdefghijkl",
        "data_class": "public",
        "declared_data_class": None,
        "clearance": "internal",
        "input_tokens": 100,
        "input_tokens_bound": 400,
        "max_output_tokens": 50,
    }
    return Facts(**{**given, **changes})


def live(**health: Health) -> Live:
    return Live(NOW_US, health)
