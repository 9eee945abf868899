"""Which surface a path belongs to, for errors before and beside its view."""

from collections.abc import Mapping

from routing.surfaces.chat import CHAT
from routing.surfaces.contract import Surface
from routing.surfaces.messages import MESSAGES

_OWN: Mapping[str, Surface] = {"/v1/messages": MESSAGES}


def surface_at(path: str) -> Surface:
    """OpenAI's, where no other speaks."""
    for prefix, surface in _OWN.items():
        if path == prefix or path.startswith(prefix + "/"):
            return surface
    return CHAT
