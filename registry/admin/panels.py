"""What other apps show on the page of a proposal, such as its impact on recorded traffic, of a release, and
of rows of the registry.

An app registers a function in `AppConfig.ready`; the page calls each in the order of its place.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils.safestring import SafeString

from registry.models import Proposal
from registry.selectors import PublishedRelease

Render = Callable[[HttpRequest, Proposal], SafeString | str]


@dataclass(frozen=True, slots=True, order=True)
class Panel:
    """`render` answers a section of HTML with its own heading, or nothing where there is nothing to show to
    this person."""

    place: int
    name: str
    render: Render


ReleaseRender = Callable[[HttpRequest, PublishedRelease, int], SafeString | str]


@dataclass(frozen=True, slots=True, order=True)
class ReleasePanel:
    """`render` answers a section of HTML on what the release said at a time, in microseconds."""

    place: int
    name: str
    render: ReleaseRender


RowRender = Callable[[Any], SafeString | str]

_panels: dict[str, Panel] = {}
_row_panels: dict[type[Model], RowRender] = {}
_release_panels: dict[str, ReleasePanel] = {}


def register_panel(name: str, render: Render, *, place: int = 100) -> None:
    """Show it on every proposal; registering a name again changes nothing."""
    _panels.setdefault(name, Panel(place, name, render))


def panels() -> Iterable[Panel]:
    return sorted(_panels.values(), key=lambda panel: (panel.place, panel.name))


def register_release_panel(name: str, render: ReleaseRender, *, place: int = 100) -> None:
    """Show it of every release; registering a name again changes nothing."""
    _release_panels.setdefault(name, ReleasePanel(place, name, render))


def release_panels() -> Iterable[ReleasePanel]:
    return sorted(_release_panels.values(), key=lambda panel: (panel.place, panel.name))


def register_row_panel(model: type[Model], render: RowRender) -> None:
    """Show it on the page of each row of `model`; registering a second one changes nothing."""
    _row_panels.setdefault(model, render)


def row_panel(row: Model) -> SafeString | str:
    """What was registered for rows like this one; nothing of one that is not saved yet."""
    render = _row_panels.get(type(row))
    return "" if render is None or row._state.adding else render(row)
