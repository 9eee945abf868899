"""A release's policies in words."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from registry.admin.panels import register_release_panel
from registry.selectors import PublishedRelease
from routing.core.words import rule_in_words

MAX_POLICIES = 200


def register() -> None:
    register_release_panel("policies", policies_panel, place=20)


def policies_panel(request: HttpRequest, release: PublishedRelease, now_us: int) -> SafeString | str:
    """Nothing of a release without this section."""
    if "policies" not in release.document:
        return ""
    default = release.document["default_policy"]
    policies = [_policy(value, default) for value in release.document["policies"][:MAX_POLICIES]]
    return render_to_string("admin/routing/policies_in_words.html", {"policies": policies})


def _policy(value: dict[str, Any], default: str) -> dict[str, Any]:
    return {
        "name": value["name"],
        "is_default": value["name"] == default,
        "deadline_s": value["deadline_s"],
        "latency_budget_ms": value.get("latency_budget_ms"),
        "applications": value["applications"],
        "rules": [
            {"name": rule["name"], "words": rule_in_words(rule["conditions"], rule["route"])}
            for rule in value["rules"]
        ],
    }
