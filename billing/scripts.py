"""The Lua scripts, read once from the package, and the names of the keys that they share with Python."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha1
from importlib.resources import files

TOKEN_KEY = "sb:budget:epoch"  # noqa: S105 - "<run id of the server>:<epoch in the database>"
SPACE_PREFIX = "sb:money:"  # + epoch + ":": counters, holds and leases of one epoch
LEASES = "leases"
HOLD = "hold:"
MARK = "mark"


@dataclass(frozen=True, slots=True)
class Script:
    """A script's text and the hash by which the server keeps it."""

    text: str
    sha1: str


def space(epoch: int) -> str:
    """What the keys of this epoch begin with."""
    return f"{SPACE_PREFIX}{epoch}:"


def token(run_id: str, epoch: int) -> str:
    """What TOKEN_KEY says while the counters of `epoch` in the server's run `run_id` may be trusted."""
    return f"{run_id}:{epoch}"


@cache
def load(name: str) -> Script:
    text = (files("billing") / "lua" / f"{name}.lua").read_text(encoding="utf-8")
    return Script(text, sha1(text.encode(), usedforsecurity=False).hexdigest())
