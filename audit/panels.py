"""What other apps show in a request's dossier, such as a picture of its route.

An app registers a function in `AppConfig.ready`; the dossier shows what each answers, in the order of names.
"""

from collections.abc import Callable

from django.utils.safestring import SafeString

from audit.selectors.sources import Sources

Render = Callable[[Sources], SafeString | str]

_panels: dict[str, Render] = {}


def register_dossier_panel(name: str, render: Render) -> None:
    """`render` answers a section of HTML with its own heading, or nothing; a name is registered once."""
    _panels.setdefault(name, render)


def dossier_panels(found: Sources) -> list[SafeString | str]:
    shown = [render(found) for _, render in sorted(_panels.items())]
    return [panel for panel in shown if panel]
