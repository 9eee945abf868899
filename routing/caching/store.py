"""Where answers are kept: Valkey, bounded in number, bytes and time.

A purge moves a mark, and an answer whose request began before its mark is neither found nor kept any more: so
nothing that was on its way when it was purged comes back. Marks that were lost begin a new life, in which no
answer of before counts; a server that was started again has other names for all.
"""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha1
from importlib.resources import files
from typing import Any

import msgspec
import redis

from billing.errors import BillingError
from billing.pipeline import Pipeline
from billing.scripts import Script
from routing.caching.sealing import opened, seal

log = logging.getLogger(__name__)

PREFIX = "sb:cache:"
MARKS = PREFIX + "marks"
INDEX = PREFIX + "index"
SIZES = PREFIX + "sizes"
MAX_ENTRIES = 20_000
MAX_BYTES = 256 * 1024 * 1024
MAX_ANSWER_BYTES = 256 * 1024
MAX_NEAR = 64  # questions of one place that one question is compared with
EVERYTHING = "all"


class Kept(msgspec.Struct, array_like=True, frozen=True):
    """An answer with what it came from. `name` is the entry's own: moved elsewhere, it is no entry."""

    name: str
    request_id: str
    kept_us: int
    completion: bytes  # of chat, whole
    served: dict[str, Any]
    sources: tuple[str, ...]  # deployments that may have had part in it
    input_tokens: int | None
    output_tokens: int | None
    cost_nano: int


class Asked(msgspec.Struct, array_like=True, frozen=True):
    """A question that was answered, for those that are near: the entry's name, and its words."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """`leader` is whose request runs for this entry: the one that asked, another, or nobody's ("")."""

    life: str
    clock: str
    kept: Kept | None
    leader: str


_pack = msgspec.msgpack.Encoder().encode
_kept = msgspec.msgpack.Decoder(Kept).decode
_asked = msgspec.msgpack.Decoder(Asked).decode


def application_tag(application_id: str) -> str:
    return f"application:{application_id}"


def policy_tag(name: str) -> str:
    return f"policy:{name}"


def version_tag(model: str, version: str) -> str:
    return f"version:{model}@{version}"


def mark_of(tag: str) -> str:
    """The field of MARKS that says when what has this tag was last purged."""
    return "t:" + tag


def purge(client: redis.Redis, tag: str) -> int:
    """Throw away what has `tag`; how many answers that were. Raises RedisError."""
    keys = (MARKS, INDEX, SIZES)
    return int(client.eval(_script("purge").text, len(keys), *keys, secrets.token_hex(8), mark_of(tag)))


class Answers:
    """Nothing here raises: where Valkey is away, nothing is found and nothing is kept."""

    def __init__(self, valkey: Pipeline) -> None:
        self._valkey = valkey

    async def find(
        self, name: str, *, looks: bool = True, lease: str = "", lease_s: float = 0
    ) -> Found | None:
        """What is kept under `name`, where it `looks`, and who leads. With a lease, `lease` (a request's id)
        leads from now on, where nothing was found and nobody does. None where it can't be asked."""
        keys = (MARKS, self._entry(name) if looks else "", self._lease(name))
        try:
            answer = await self._valkey.evalsha(
                _script("find"), keys, secrets.token_hex(8), lease, int(lease_s * 1000)
            )
        except BillingError as error:
            log.warning("the cache can't be read: %s", error)
            return None
        life, clock, sealed, leader = answer
        return Found(life.decode(), clock.decode(), _read(sealed, name), leader.decode())

    async def near(self, place: str) -> list[Asked]:
        """The questions that were answered in this place, those that are kept longest first."""
        try:
            sealed = await self._valkey.execute("ZREVRANGE", self._near(place), 0, MAX_NEAR - 1)
        except BillingError:
            return []
        clear = (opened(each) for each in sealed)
        return [_asked(each) for each in clear if each is not None]

    async def keep(
        self,
        kept: Kept,
        *,
        begun: Found,
        tags: Sequence[str],
        ttl_s: int,
        lease: str = "",
        place: str = "",
        question: str = "",
    ) -> bool:
        """Keep an answer whose request began at `begun`, and end the lease. False where it can't be kept."""
        sealed = seal(_pack(kept))
        words = seal(_pack(Asked(kept.name, question))) if place else b""
        keys = (
            *(MARKS, self._entry(kept.name), INDEX, SIZES),
            *(self._lease(kept.name) if lease else "", self._near(place) if place else ""),
        )
        marks = _pack([mark_of(tag) for tag in (EVERYTHING, *tags)])
        try:
            done = await self._valkey.evalsha(
                _script("keep"),
                keys,
                *(begun.life, begun.clock, marks, sealed, ttl_s * 1000),
                *(MAX_ENTRIES, MAX_BYTES, lease, words, MAX_NEAR),
            )
        except BillingError as error:
            log.warning("an answer is not kept: %s", error)
            return False
        return bool(done)

    async def leave(self, name: str, lease: str) -> None:
        """Lead no more: whoever waits runs on their own."""
        try:
            await self._valkey.evalsha(_LEAVE, (self._lease(name),), lease)
        except BillingError as error:
            log.warning("a lease ends by itself: %s", error)

    def _entry(self, name: str) -> str:
        return f"{PREFIX}e:{self._valkey.run_id}:{name}"

    def _lease(self, name: str) -> str:
        return f"{PREFIX}l:{self._valkey.run_id}:{name}"

    def _near(self, place: str) -> str:
        return f"{PREFIX}n:{self._valkey.run_id}:{place}"


def _read(sealed: bytes, name: str) -> Kept | None:
    clear = opened(sealed) if sealed else None
    if clear is None:
        return None
    try:
        kept = _kept(clear)
    except msgspec.MsgspecError:  # of another version
        return None
    return kept if kept.name == name else None


def _made(text: str) -> Script:
    return Script(text, sha1(text.encode(), usedforsecurity=False).hexdigest())


_BEFORE = {"keep": ("drop",), "purge": ("drop",)}
_LEAVE = _made("if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0")


@cache
def _script(name: str) -> Script:
    return _made("".join(_text(part) for part in (*_BEFORE.get(name, ()), name)))


def _text(name: str) -> str:
    return (files("routing") / "caching" / "lua" / f"{name}.lua").read_text(encoding="utf-8")
