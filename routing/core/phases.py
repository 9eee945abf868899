"""The phases of what a model says: whether a message of it is on the way to the answer, or the answer itself.

OpenAI's Responses marks each message so, and wants the mark back with it. In chat, where one turn is one
message, `phases` lists them: [{"phase": "commentary", "characters": 12}, …], in the order of the content; a
stream has `phase` on the delta with which a message begins.
"""

from collections.abc import Iterable, Mapping
from typing import Any

PHASES, PHASE = "phases", "phase"


def listed(said: Iterable[tuple[str, str]], *, apart: bool = False) -> list[dict[str, Any]]:
    """Of (phase, text) in order; none where nothing has a phase, unless several are to stay `apart`."""
    told = [{PHASE: phase, "characters": len(text)} for phase, text in said]
    return told if any(each[PHASE] for each in told) or (apart and len(told) > 1) else []


def pieces(text: str, phases: Any) -> list[tuple[str, str]]:
    """(phase, text) of a message's content. Content that was changed since, as by what was replaced in it,
    can't be divided any more: all of it has the last phase."""
    known = [_known(each) for each in phases] if isinstance(phases, list) else []
    if not known:
        return [("", text)]
    if sum(count for _, count in known) != len(text):
        return [(known[-1][0], text)]
    found, at = [], 0
    for phase, count in known:
        found.append((phase, text[at : at + count]))
        at += count
    return found


def _known(value: Any) -> tuple[str, int]:
    """What an application says is believed where it can be."""
    given = value if isinstance(value, Mapping) else {}
    phase, count = given.get(PHASE), given.get("characters")
    return (phase if isinstance(phase, str) else "", count if type(count) is int and count >= 0 else 0)
