"""Where a request keeps its texts: everywhere. Messages, system prompts, arguments of tool calls and
what tools answered, descriptions and schemas, names of files, metadata, and whatever else is a text or a
long number. Left out are the model's name and roles, which are checked elsewhere, and the bytes of media:
each where the protocol has it, since an application may call anything of its own by the same name.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from routing.detection.finding import TooMuch

MIN_NUMBER = 100_000  # of six digits: shorter ones identify nobody
MAX_DEPTH = 64
JSON_TEXTS = frozenset(("arguments",))  # texts that are JSON themselves
_OF_PROTOCOL = frozenset(("messages", "input", "prompt"))  # fields of a request whose inner names are ours
_MEDIA_FIELDS = frozenset(  # (what holds it, its name)
    (("input_audio", "data"), ("file", "file_data"), ("thinking_blocks", "data"))
)
_MEDIA_PARTS = {"image_url": "image", "input_image": "image", "input_audio": "audio", "file": "file"}
# Names that the protocol itself gives: not worth a look.
_KNOWN_NAMES = frozenset(
    (
        *("messages", "role", "content", "type", "text", "name", "refusal", "reasoning_content", "input"),
        *("tool_calls", "tool_call_id", "id", "function", "arguments", "custom", "tools", "parameters"),
        *("image_url", "url", "detail", "input_audio", "data", "format", "file", "file_data", "file_id"),
        *("filename", "description", "strict", "properties", "required", "items", "enum", "metadata"),
        *(
            "prompt",
            "version",
            "variants",
            "variables",
            "additionalProperties",
            "response_format",
            "json_schema",
            "schema",
            "user",
            "model",
            "stream",
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Texts:
    """`texts` are the distinct texts of a request; `unscannable` counts what holds none that can be read."""

    texts: tuple[str, ...] = field(repr=False)
    unscannable: Mapping[str, int]


def texts_of(request: Mapping[str, Any]) -> Texts:
    """Raises TooMuch for what can't be followed to its end."""
    unscannable: Counter[str] = Counter()
    found = dict.fromkeys(_texts(request, "", MAX_DEPTH, unscannable))
    return Texts(tuple(found), dict(unscannable))


def rewritten(request: Mapping[str, Any], new: Mapping[str, str]) -> dict[str, Any]:
    """The request with each text that `new` has replaced, wherever it stands."""
    value: dict[str, Any] = _rewritten(request, "", new, MAX_DEPTH)
    return value


def _texts(
    value: Any, name: str, depth: int, unscannable: Counter[str], *, own: bool = False
) -> Iterator[str]:
    """`own` says that the names in `value` are the application's own. Raises TooMuch."""
    if isinstance(value, str):
        inner = _decoded(value) if name in JSON_TEXTS else None
        if inner is not None:
            yield from _texts(inner, "", depth - 1, unscannable, own=True)
        elif value:
            yield value
    elif depth <= 0 and isinstance(value, Mapping | list):
        raise TooMuch("the arguments of a call are nested deeper than is followed")
    elif isinstance(value, Mapping):
        kind = value.get("type")  # in a schema it may be a list
        media = _MEDIA_PARTS.get(kind) if isinstance(kind, str) else None
        if media:
            unscannable[media] += 1
        for key, inner in value.items():
            if key not in _KNOWN_NAMES:
                yield key
            if depth == MAX_DEPTH and _are_tokens(key, inner):
                unscannable["tokens"] += 1
            elif isinstance(inner, Mapping) and isinstance(inner.get("data"), bytes):
                unscannable["audio"] += 1  # a file that came with a form
                yield inner["name"]
            elif not _is_unread(key, inner, depth, name, own=own):
                yield from _texts(inner, key, depth - 1, unscannable, own=own or _is_own(key, depth))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, name, depth - 1, unscannable, own=own)
    elif _is_long_number(value):
        yield str(value)


def _rewritten(value: Any, name: str, new: Mapping[str, str], depth: int, *, own: bool = False) -> Any:
    if isinstance(value, str):
        inner = _decoded(value) if name in JSON_TEXTS else None
        if inner is None:
            return new.get(value, value)
        changed = _rewritten(inner, "", new, depth - 1, own=True)
        return value if changed == inner else _encoded(changed)
    if isinstance(value, Mapping):
        return {
            new.get(key, key): inner
            if _is_unread(key, inner, depth, name, own=own)
            else _rewritten(inner, key, new, depth - 1, own=own or _is_own(key, depth))
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_rewritten(inner, name, new, depth - 1, own=own) for inner in value]
    return new.get(str(value), value) if _is_long_number(value) else value


def _is_own(name: str, depth: int) -> bool:
    return depth == MAX_DEPTH and name not in _OF_PROTOCOL


def _is_unread(name: str, value: Any, depth: int, holder: str, *, own: bool) -> bool:
    """Roles and media of messages; and at the top the model, tokens, and numbers, which are settings of the
    call (`seed`)."""
    if depth == MAX_DEPTH:
        return name == "model" or isinstance(value, int) or _are_tokens(name, value)
    if own:
        return False
    return (holder, name) == ("messages", "role") or _is_media(holder, name, value)


def _is_media(holder: str, name: str, value: Any) -> bool:
    """Base64 of a picture, a sound or a file: what is checked to be that, or goes where only that can go."""
    if not isinstance(value, str):
        return False
    is_picture = (holder, name) == ("image_url", "url") and value[:11].lower() == "data:image/"
    return is_picture or (holder, name) in _MEDIA_FIELDS


def _are_tokens(name: str, value: Any) -> bool:
    """An input of embeddings as a list of tokens, or as several."""
    return name == "input" and isinstance(value, list) and bool(value) and isinstance(value[0], int | list)


def _is_long_number(value: Any) -> bool:
    return isinstance(value, int) and abs(value) >= MIN_NUMBER


def _decoded(text: str) -> Any:
    """What a text of JSON holds; None where it is not an object or a list."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text, object_pairs_hook=_object)
    except RecursionError as error:
        raise TooMuch("the arguments of a call are nested deeper than is followed") from error
    except ValueError:
        return None


def _object(pairs: list[tuple[str, Any]]) -> Any:
    """One whose names are not all different is a list of its pairs: a dict would hide all but the last."""
    value = dict(pairs)
    return value if len(value) == len(pairs) else [list(pair) for pair in pairs]


def _encoded(value: Any) -> str:
    """As JSON; in ASCII where it holds what has no UTF-8."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text
