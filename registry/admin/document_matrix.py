"""The compliance matrix as a release's document had it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from registry.admin.panels import register_release_panel
from registry.releases.clock import from_us
from registry.selectors import PublishedRelease

MAX_ROWS = 500


@dataclass(frozen=True, slots=True)
class Cell:
    state: str  # approved | conditional | denied | expired | upcoming | absent: the style sheet's
    note: str = ""


def register() -> None:
    register_release_panel("matrix", matrix_panel, place=10)


def matrix_panel(request: HttpRequest, release: PublishedRelease, now_us: int) -> SafeString:
    document = release.document
    classes = [row["name"] for row in sorted(document["data_classes"], key=lambda row: row["rank"])]
    rows = [
        {
            "name": deployment["name"],
            "model": f"{deployment['model']} {deployment['version']}",
            "provider": deployment["provider"],
            "enabled": deployment["enabled"],
            "cells": [cell_of(deployment["cells"].get(name), now_us) for name in classes],
        }
        for deployment in document["deployments"][:MAX_ROWS]
    ]
    context = {"classes": classes, "rows": rows, "more": len(document["deployments"]) - len(rows)}
    return render_to_string("admin/registry/release/matrix.html", context)


def cell_of(cell: dict[str, Any] | None, now_us: int) -> Cell:
    """What the cell said at that time; requirements and certifications come on top of it."""
    if cell is None:
        return Cell("absent")
    begins_us, ends_us = cell.get("valid_from_us"), cell.get("valid_to_us")
    if cell["decision"] != "denied" and ends_us is not None and ends_us <= now_us:
        return Cell("expired", f"since {from_us(ends_us):%Y-%m-%d}")
    if cell["decision"] != "denied" and begins_us is not None and begins_us > now_us:
        return Cell("upcoming", f"from {from_us(begins_us):%Y-%m-%d}")
    conditions = ", ".join(cell.get("conditions") or ())
    until = f"until {from_us(ends_us):%Y-%m-%d}" if ends_us is not None else ""
    return Cell(cell["decision"], " · ".join(text for text in (conditions, until) if text))
