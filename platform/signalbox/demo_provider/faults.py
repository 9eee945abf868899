"""What the demo provider does wrong, and who tells it.

A directive is `name=value` or `name`, several are joined by commas. They are read from

1. the model's id, after `@`: `demo-small@delay_ms=200`; or one of the ends in `SUFFIXES`: `demo-small-down`;
2. the last user message: `[[demo:status=429,retry_after=2]]`;
3. the header `x-demo-fault`, and `metadata.demo`.

A later source overrides the earlier. With `fail_model=<id>` the others, but for `label`, hold for that
upstream id alone, so that one deployment fails while its fallback answers; alone it means status 500. With
`first=N` they hold for the first N requests that say exactly this of one model: a retry finds it well, and
is counted under the label all the same.

Beside faults, a text may say what a model is to answer: `[[say:demo-small=42]]`; the last one for the model
counts. So models disagree, judges score, and classifiers name labels as a test needs it.
"""

import re
from dataclasses import dataclass, fields, replace
from typing import Any

MAX_DELAY_MS = 600_000
MAX_CHUNKS = 100_000
MAX_DIRECTIVES = 32
SUFFIXES = {
    "-slow": "delay_ms=1500,chunk_ms=60",
    "-down": "status=503",
    "-limited": "status=429,retry_after=2",
    "-reasoner": "reasoning=24",
}
_MARK = re.compile(r"\[\[demo:([^\]]{1,1000})\]\]")
_SAY = re.compile(r"\[\[say:([^=\]]{1,100})=([^\]]{0,4000})\]\]")


@dataclass(frozen=True, slots=True)
class Faults:
    """One field per directive. Numbers are bounded; an unknown directive is answered with status 400."""

    status: int = 0  # answer this status with an error body
    retry_after: int = -1  # seconds, sent as a header
    left: int = -1  # of 2 requests per minute, as its headers tell beside the answer
    delay_ms: int = 0  # before the first byte
    chunks: int = 0  # a stream of this many chunks
    chunk_ms: int = 0  # between chunks
    cut_after: int = -1  # close the connection after this many chunks (not streamed: in mid-body)
    error_after: int = -1  # an error event after this many chunks
    garbage: bool = False  # bytes that are no JSON
    stall: bool = False  # begin to answer, then say nothing
    html: bool = False  # a page as a proxy shows it
    empty: bool = False  # status 200 and no body
    error200: bool = False  # an error under status 200
    no_usage: bool = False  # leave usage out
    reasoning: int = 0  # tokens of reasoning before the answer
    calls: int = 1  # how many tools are called at once
    tokens: int = 0  # an answer of this many tokens
    finish: str = ""  # the finish reason to claim; `content_filter` alone comes without content
    report_model: str = ""  # the model id to report
    fail_model: str = ""  # hold for this upstream id alone
    first: int = 0  # hold for the first so many requests that say the same
    batch: str = ""  # of a line of a batch (see `batching`)
    label: str = ""  # count the request under this name, for `/demo/labels`


class UnknownDirective(ValueError):
    """No such directive, or a value that it can't take."""


_KINDS: dict[str, Any] = {item.name: item.type for item in fields(Faults)}
_BOUNDS = {
    "status": 599,
    "retry_after": 86_400,
    "delay_ms": MAX_DELAY_MS,
    "chunk_ms": 60_000,
    "calls": 16,
    "reasoning": 10_000,
}
NONE = Faults()


def read(model: str, text: str, header: str, metadata: str) -> tuple[Faults, str]:
    """The faults for one request, and the directives that made them (the key of `first`)."""
    directives = ",".join(filter(None, (_of_model(model), _of_text(text), header, metadata)))
    if not directives:
        return NONE, ""
    faults = parse(directives)
    if faults.fail_model:
        if model.partition("@")[0] != faults.fail_model:
            return replace(_without(_of_model(model)), label=faults.label), ""
        if faults == replace(NONE, fail_model=faults.fail_model, first=faults.first):
            faults = replace(faults, status=500)
    return faults, directives


def _without(directives: str) -> Faults:
    return parse(directives) if directives else NONE


def _of_model(model: str) -> str:
    name, _, directives = model.partition("@")
    if directives:
        return directives
    return next((fault for suffix, fault in SUFFIXES.items() if name.endswith(suffix)), "")


def _of_text(text: str) -> str:
    return ",".join(_MARK.findall(text)) if "[[demo:" in text else ""


def parse(directives: str) -> Faults:
    """Raises UnknownDirective, with a message that names it."""
    values: dict[str, Any] = {}
    for directive in directives.split(",")[:MAX_DIRECTIVES]:
        name, _, value = directive.partition("=")
        name = name.strip()
        if not name:
            continue
        if name not in _KINDS:
            raise UnknownDirective(f"There is no directive {name!r}; there are {', '.join(_KINDS)}.")
        values[name] = _value(name, value.strip())
    return replace(NONE, **values)


def _value(name: str, value: str) -> object:
    if _KINDS[name] is bool:
        return value not in ("0", "false", "no")
    if _KINDS[name] is str:
        return value
    try:
        number = int(value)
    except ValueError:
        raise UnknownDirective(f"The directive {name!r} takes an integer, not {value!r}.") from None
    return max(0, min(number, _BOUNDS.get(name, MAX_CHUNKS)))


def to_say(model: str, text: str) -> str | None:
    """What `text` tells `model` to answer; None where it tells nothing."""
    if "[[say:" not in text:
        return None
    said: dict[str, str] = dict(_SAY.findall(text))
    return said.get(model.partition("@")[0])


def stripped(text: str) -> str:
    """`text` without directives, for the echo."""
    if "[[demo:" not in text and "[[say:" not in text:
        return text
    return _SAY.sub("", _MARK.sub("", text)).strip()
