"""A release is made of sections, each from the app that owns the tables behind it.

Apps register in `AppConfig.ready`, so that the registry compiles policies without importing routing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from registry.errors import SectionExists
from registry.releases.findings import Finding

Document = Mapping[str, Any]
CompileFn = Callable[[], dict[str, Any]]
ValidateFn = Callable[[Document, int], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Section:
    """`compile` answers top-level keys of the document; `validate` is given the whole document and the time
    in microseconds, so that a section can check its references into the others."""

    name: str
    compile: CompileFn
    validate: ValidateFn


_sections: dict[str, Section] = {}


def register_section(name: str, compile_fn: CompileFn, validate_fn: ValidateFn) -> None:
    """Add a section; registering the same functions again changes nothing."""
    section = Section(name, compile_fn, validate_fn)
    if _sections.setdefault(name, section) != section:
        raise SectionExists(f"Two apps compile the section {name!r} of the release.")


def all_sections() -> tuple[Section, ...]:
    """In the order of their names, whatever the order of the apps."""
    return tuple(_sections[name] for name in sorted(_sections))
