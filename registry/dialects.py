"""What each wire dialect's endpoints may do differently, as the app that speaks the dialects says.

`routing` registers its dialects in `AppConfig.ready`, so that the registry knows their quirks without
importing it.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

_quirks: dict[str, Mapping[str, str]] = {}
_unusable: dict[str, Mapping[str, str]] = {}
_unspoken: dict[str, str] = {}
_presets: dict[str, "Preset"] = {}


class Preset(Protocol):
    """An endpoint that is known: what a deployment there begins with."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def base_url(self) -> str: ...
    @property
    def dialect(self) -> str: ...
    @property
    def quirks(self) -> tuple[str, ...]: ...
    @property
    def note(self) -> str: ...


def register_quirks(
    dialect: str, quirks: Mapping[str, str], unusable: Mapping[str, str] | None = None
) -> None:
    """`quirks`: name → what such an endpoint does, in words that follow its name.

    `unusable`: name → why this installation can't call such an endpoint, for people.
    """
    _quirks[dialect] = dict(quirks)
    _unusable[dialect] = {name: why for name, why in (unusable or {}).items() if name in quirks}


def register_unspoken(dialects: Mapping[str, str]) -> None:
    """Dialect → why this installation can't speak it, for people."""
    _unspoken.update(dialects)


def dialect_problem(dialect: str) -> str | None:
    """Why this installation can't speak `dialect`, for people; None where it can."""
    return _unspoken.get(dialect)


def quirks_of(dialect: str) -> Mapping[str, str]:
    """The quirks of `dialect`; none where nobody speaks it."""
    return _quirks.get(dialect, {})


def register_presets(presets: Iterable[Preset]) -> None:
    _presets.update((preset.name, preset) for preset in presets)


def presets() -> tuple[Preset, ...]:
    """The endpoints that are known, in the order in which they were registered."""
    return tuple(_presets.values())


def preset_of(name: str) -> Preset | None:
    return _presets.get(name)


def quirk_problem(dialect: str, names: list[str]) -> str | None:
    """What is wrong with the quirks of an endpoint, for people; None where they can be used."""
    if len(set(names)) != len(names):
        return "A quirk is listed twice."
    known = quirks_of(dialect)
    unknown = sorted(set(names) - set(known))
    if not unknown:
        unusable = _unusable.get(dialect, {})
        return next((unusable[name] for name in names if name in unusable), None)
    choice = ", ".join(known) or "none"
    return f"The dialect {dialect} has no quirk {', '.join(unknown)}. It has: {choice}."


def quirk_choices() -> list[tuple[str, str]]:
    """Every quirk with its meaning, in the fewest words, and the dialects that have it, for a form."""
    found: dict[str, dict[str, str]] = {}
    for dialect, quirks in sorted(_quirks.items()):
        for name, meaning in quirks.items():
            found.setdefault(name, {})[dialect] = meaning
    return [
        (name, f"{name}: {min(meanings.values(), key=len)} ({', '.join(meanings)})")
        for name, meanings in sorted(found.items())
    ]
