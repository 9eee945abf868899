"""A request's content in slots: committed to always, stored where its data class allows that."""

from collections.abc import Mapping
from typing import Any

import msgspec

from audit.core.commitment import commit

SYSTEM_ROLES = frozenset(("system", "developer"))
TOOL_FIELDS = ("tools", "functions")
_encode = msgspec.json.Encoder().encode


def slots(request: Mapping[str, Any]) -> dict[str, bytes]:
    """Each slot as JSON: `system` its instructions, `tools` what it offers, `request` all the rest."""
    if "messages" not in request:  # an operation other than chat; a file in it is base64 there
        return {"request": _encode(request)}
    messages = request["messages"]
    system = [message for message in messages if message["role"] in SYSTEM_ROLES]
    rest = {key: value for key, value in request.items() if key not in TOOL_FIELDS}
    if system:
        rest["messages"] = [message for message in messages if message["role"] not in SYSTEM_ROLES]
    found = {"request": _encode(rest)}
    if system:
        found["system"] = _encode(system)
    tools = {key: request[key] for key in TOOL_FIELDS if key in request}
    if tools:
        found["tools"] = _encode(tools)
    return found


def commitments(salt: bytes, request: Mapping[str, Any]) -> dict[str, str]:
    return {slot: commit(salt, slot, content) for slot, content in slots(request).items()}
