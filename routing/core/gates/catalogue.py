"""The gates that there are, as people write them and read of them. What each does is in `routing.gates`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GateKind:
    """`words` complete “it passes where …”. `settings` are in the order in which they are written, each with
    what it is: a “number”, a “word”, or “text” or “json” up to the line's end; the first `required` must be
    given."""

    words: str
    settings: tuple[tuple[str, str], ...] = ()
    required: int = 0


_RANGE = (("least", "number"), ("most", "number"))
_LEAST = (("least", "number"),)

KINDS: dict[str, GateKind] = {
    "answered": GateKind("it is neither empty nor a refusal"),
    "complete": GateKind("it was not cut at its length"),
    "length": GateKind("it has at least and at most so many characters", _RANGE, 1),
    "number": GateKind("its last number is within this range", _RANGE, 2),
    "json": GateKind("it is JSON, and meets the schema where there is one", (("schema", "json"),)),
    "regex": GateKind("this regular expression is found in it", (("pattern", "text"),), 1),
    "python": GateKind("it parses as Python; where it has a fence, what stands in that"),
    "javascript": GateKind("it parses as JavaScript (extra `gates`)"),
    "sql": GateKind("each statement of it parses in this dialect (extra `gates`)", (("dialect", "word"),), 1),
    "language": GateKind("it is in this language", (("code", "word"),), 1),
    "grounded": GateKind(
        "so many thousandths of its words, and all of its numbers, are in the request", _LEAST, 1
    ),
    "logprob": GateKind(
        "the mean log-probability of its tokens, in thousandths, is not under this", _LEAST, 1
    ),
}
