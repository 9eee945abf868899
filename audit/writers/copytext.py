"""Rows to the text that COPY reads, in a few passes over the whole batch instead of one call per value.

Values are joined with separators that do not occur in them; the escaping that COPY asks for is then done
once for the whole text, and the separators become tabs and newlines. A batch in which a value holds one of
the separators is refused with ValueError, and the caller writes it value by value.
"""

from collections.abc import Callable, Sequence
from typing import Any

_VALUE, _ROW, _NULL = "\x1f", "\x1e", "\x00"
_ESCAPES = (
    ("\\", "\\\\"),
    ("\t", "\\t"),
    ("\n", "\\n"),
    ("\r", "\\r"),
    (_VALUE, "\t"),
    (_ROW, "\n"),
    (_NULL, "\\N"),
)
_TEXT: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: _NULL,
    int: str,
    bool: lambda value: "t" if value else "f",
    bytes: lambda value: f"\\x{value.hex()}",
}


def copy_text(rows: Sequence[Sequence[Any]]) -> bytes:
    """The rows (text, integers, booleans, bytes, None) in COPY's text format."""
    encoders = _TEXT
    text = _ROW.join(
        [
            _VALUE.join([value if type(value) is str else encoders[type(value)](value) for value in row])
            for row in rows
        ]
    )
    values = sum(map(len, rows))
    nulls = sum([row.count(None) for row in rows])
    if (
        text.count(_VALUE) != values - len(rows)
        or text.count(_ROW) != len(rows) - 1
        or text.count(_NULL) != nulls
    ):
        raise ValueError("A value holds a separator.")
    for character, escape in _ESCAPES:
        text = text.replace(character, escape)
    return f"{text}\n".encode()
