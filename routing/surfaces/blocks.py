"""Chat's one message as what other surfaces make of it: blocks that follow each other, one open at a time.

1. What a delta says goes on with the open block, or closes it and opens the next.
2. A tool call whose arguments are not complete yet is not closed by what comes after: that waits its turn,
   since text that detection held back may still belong to the call.
3. A message that came whole is one delta, so answer and stream can't differ.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

import msgspec

from routing.core.phases import PHASE, PHASES, pieces

_decode = msgspec.json.Decoder().decode


class Kind(Enum):
    THOUGHT = "thought"
    TEXT = "text"
    REFUSAL = "refusal"
    CALL = "call"
    CUSTOM = "custom"  # a call of a tool that takes text


_ENDS = ("}", "]")
_SEALS = ("thinking_blocks", "reasoning_items")  # what a message calls the thoughts that go back


@dataclass(slots=True)
class Block:
    """`text` is all that was said in it: for a call, its arguments. `seal` is the thought as its provider
    wants it back: {"thinking_blocks" or "reasoning_items": the item}."""

    kind: Kind
    index: int
    call_id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)
    seal: dict[str, Any] = field(default_factory=dict)
    logprobs: list[Any] = field(default_factory=list)
    annotations: list[Any] = field(default_factory=list)
    phase: str = ""  # of a text (routing.core.phases)
    extra: dict[str, Any] = field(default_factory=dict)  # of a call: `extra_content`, to be sent back with it

    @property
    def text(self) -> str:
        if len(self.pieces) > 1:
            self.pieces[:] = ["".join(self.pieces)]
        return self.pieces[0] if self.pieces else ""

    @property
    def complete(self) -> bool:
        """Whether nothing of it can be missing."""
        if self.kind is Kind.CUSTOM:
            return False  # its text has no end of its own
        if self.kind is not Kind.CALL:
            return True
        return bool(self.pieces) and self.pieces[-1].rstrip()[-1:] in _ENDS and _is_json(self.text)


class What(Enum):
    OPEN = "open"
    GROW = "grow"
    NOTE = "note"  # an annotation of the text
    CLOSE = "close"


class Step(NamedTuple):
    what: What
    block: Block
    text: str = ""
    extra: Any = None  # of a growth its log probabilities, of a note its place and itself


class Blocks:
    """The blocks of one answer. `all` has them in order, as far as they were opened."""

    def __init__(self) -> None:
        self.all: list[Block] = []
        self._open: Block | None = None
        self._waiting: deque[Block] = deque()
        self._calls: dict[int, Block] = {}

    def feed(self, delta: Mapping[str, Any], logprobs: Mapping[str, Any] | None = None) -> list[Step]:
        return list(self._steps(delta, logprobs or {}))

    def finish(self) -> list[Step]:
        """No more comes: what is open, and what waited."""
        steps = self._closed()
        while self._waiting:
            steps += [*self._opened(self._waiting.popleft()), *self._closed()]
        return steps

    def _steps(self, delta: Mapping[str, Any], logprobs: Mapping[str, Any]) -> Iterator[Step]:
        if delta.get("reasoning_content"):
            yield from self._say(Kind.THOUGHT, delta["reasoning_content"])
        for name in _SEALS:
            for item in delta.get(name) or ():
                yield from self._seal({name: item})
        if delta.get("content"):
            probable = list(logprobs.get("content") or ())
            yield from self._say(Kind.TEXT, delta["content"], probable, phase=delta.get("phase") or "")
        for note in delta.get("annotations") or ():
            yield from self._note(note)
        if delta.get("refusal"):
            yield from self._say(Kind.REFUSAL, delta["refusal"])
        for place, call in enumerate(delta.get("tool_calls") or ()):
            yield from self._call(call, call.get("index", place))

    def _say(self, kind: Kind, text: str, logprobs: Iterable[Any] = (), *, phase: str = "") -> Iterator[Step]:
        """A `phase` is told with the first words of a message, so it begins one."""
        last = self._last()
        if last is None or last.kind is not kind or last.seal or phase:
            last = Block(kind, 0, phase=phase)
            yield from self._enter(last)
        yield from self._grow(last, text, list(logprobs))

    def _seal(self, seal: dict[str, Any]) -> Iterator[Step]:
        """A thought is sealed when it is over; one that was not shown is only its seal."""
        last = self._last()
        hidden = seal.get("thinking_blocks", {}).get("type") == "redacted_thinking"
        if last is None or last.kind is not Kind.THOUGHT or last.seal or hidden:
            yield from self._enter(Block(Kind.THOUGHT, 0, seal=seal))
        else:
            last.seal = seal

    def _note(self, note: Any) -> Iterator[Step]:
        last = self._last()
        if last is None or last.kind is not Kind.TEXT:
            last = Block(Kind.TEXT, 0)
            yield from self._enter(last)
        last.annotations.append(note)
        if last is self._open:
            yield Step(What.NOTE, last, "", (len(last.annotations) - 1, note))

    def _call(self, call: Mapping[str, Any], index: int) -> Iterator[Step]:
        kind = Kind.CUSTOM if "custom" in call else Kind.CALL
        said = call.get("custom") or call.get("function") or {}
        block = self._calls.get(index)
        if block is None:
            call_id, name = call.get("id") or f"call_{index}", said.get("name") or ""
            block = self._calls[index] = Block(kind, 0, call_id, name)
            yield from self._enter(block)
        if call.get("extra_content"):
            block.extra["extra_content"] = call["extra_content"]
        text = said.get("input" if kind is Kind.CUSTOM else "arguments")
        if text:
            yield from self._grow(block, text, [])

    def _enter(self, block: Block) -> list[Step]:
        """Make `block` the next one, now or when those before it are over."""
        if self._waiting or (self._open is not None and not self._open.complete):
            self._waiting.append(block)
            return []
        return [*self._closed(), *self._opened(block)]

    def _grow(self, block: Block, text: str, logprobs: list[Any]) -> list[Step]:
        block.pieces.append(text)
        block.logprobs += logprobs
        if block is not self._open:
            return []
        steps = [Step(What.GROW, block, text, logprobs)]
        while self._waiting and self._open is not None and self._open.complete:
            steps += [*self._closed(), *self._opened(self._waiting.popleft())]
        return steps

    def _last(self) -> Block | None:
        return self._waiting[-1] if self._waiting else self._open

    def _opened(self, block: Block) -> list[Step]:
        """With all that was said of it while it waited."""
        block.index = len(self.all)
        self.all.append(block)
        self._open = block
        steps = [Step(What.OPEN, block)]
        if block.pieces:
            steps.append(Step(What.GROW, block, block.text, block.logprobs))
        return [*steps, *(Step(What.NOTE, block, "", each) for each in enumerate(block.annotations))]

    def _closed(self) -> list[Step]:
        block, self._open = self._open, None
        if block is None:
            return []
        steps = [Step(What.CLOSE, block)]
        if block.kind is Kind.CALL and not block.pieces:
            block.pieces.append("{}")  # a tool that takes nothing
            steps.insert(0, Step(What.GROW, block, "{}", []))
        return steps


def blocks_of(message: Mapping[str, Any], logprobs: Mapping[str, Any] | None = None) -> list[Block]:
    """The blocks of a message that came whole. Its seals say the thoughts that they seal."""
    sealed = [
        {name: item} for name in ("thinking_blocks", "reasoning_items") for item in message.get(name) or ()
    ]
    blocks = Blocks()
    if sealed:
        message = {**message, "reasoning_content": None, "thinking_blocks": None, "reasoning_items": None}
        for seal in sealed:
            blocks.feed({"reasoning_content": said_in(seal)})
            blocks.feed({name: [item] for name, item in seal.items()})
    *before, (phase, text) = pieces(message.get("content") or "", message.get(PHASES))
    for earlier, said in before:
        blocks.feed({"content": said, PHASE: earlier})
    blocks.feed({**message, "content": text, PHASE: phase}, logprobs)
    blocks.finish()
    return blocks.all


def said_in(seal: Mapping[str, Any]) -> str:
    """The words of a sealed thought, where it has any."""
    block = seal.get("thinking_blocks")
    if block is not None:
        return str(block.get("thinking") or "")
    item = seal["reasoning_items"]
    pieces = item.get("summary") or item.get("content") or ()
    return "\n\n".join(str(piece.get("text") or "") for piece in pieces)


def _is_json(text: str) -> bool:
    try:
        _decode(text)
    except (ValueError, RecursionError):
        return False
    return True
