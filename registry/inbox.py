"""What waits for a person: sections that are contributed by whoever knows of something to do.

    inbox.register("Proposals to decide", waiting_for)        # in AppConfig.ready

`waiting_for(user)` gives items, the most pressing first, none to whoever has no business with them. It is
asked on every page of the admin (the sidebar has a count), so it costs a bounded query or two, and it leaves
out what is beyond the person's teams (audit.scopes.visible).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Literal

from registry.errors import SectionExists
from registry.models import User

MAX_ITEMS = 50  # shown of one section

Tone = Literal["", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing. `url` is the page on which it is dealt with; `key` marks a notice, which can be put away."""

    title: str
    text: str = ""
    url: str = ""
    at: datetime | None = None
    tone: Tone = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """`more` says that there is more than is shown."""

    name: str
    items: tuple[Item, ...]
    more: bool


Contributor = Callable[[User], Iterable[Item]]

_contributors: dict[str, tuple[int, Contributor]] = {}


def register(name: str, contributor: Contributor, *, order: int = 50) -> None:
    """A section called `name`; a smaller `order` comes first. Raises SectionExists for a second one."""
    if _contributors.get(name, (order, contributor))[1] is not contributor:
        raise SectionExists(f"Two contributors fill the section {name} of the inbox.")
    _contributors[name] = (order, contributor)


def sections(user: User) -> list[Section]:
    """The sections that hold something for `user`, in order."""
    ordered = sorted(_contributors.items(), key=lambda entry: (entry[1][0], entry[0]))
    found = [_section(name, contributor, user) for name, (_, contributor) in ordered]
    return [section for section in found if section.items]


def count(user: User) -> int:
    """How much waits; each section counts up to MAX_ITEMS."""
    return sum(len(section.items) for section in sections(user))


def _section(name: str, contributor: Contributor, user: User) -> Section:
    items = tuple(islice(contributor(user), MAX_ITEMS + 1))
    return Section(name, items[:MAX_ITEMS], len(items) > MAX_ITEMS)
