"""The knobs of a body, its object `signalbox`: as types, and as their headers would say them."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from routing.core.knobs import MAX_DIAL
from routing.errors import InvalidRequest

FIELD = "signalbox"
KNOBS = ("max_cost_usd", "max_latency_ms", "models", "dial")
MAX_LATENCY_MS = 86_400_000
MAX_MODELS = 32
MAX_MODEL_CHARS = 256

ModelName = Annotated[str, Meta(min_length=1, max_length=MAX_MODEL_CHARS, pattern=r"^[^,\x00-\x1f\x7f]*\Z")]


class SignalboxFields(Struct, forbid_unknown_fields=True):
    """What is asked of this request. Each only narrows what the policy allows."""

    max_cost_usd: Annotated[float, Meta(ge=0)] | str | None = None
    max_latency_ms: Annotated[int, Meta(ge=1, le=MAX_LATENCY_MS)] | None = None
    models: Annotated[list[ModelName], Meta(min_length=1, max_length=MAX_MODELS)] | None = None
    dial: Annotated[int, Meta(ge=0, le=MAX_DIAL)] | None = None


def take_knobs(request: dict[str, Any]) -> dict[str, str]:
    """The knobs of a body, each as its header would say it, taken out of `request`. Raises InvalidRequest."""
    given = request.pop(FIELD, None)
    if given is None:
        return {}
    try:
        typed = msgspec.convert(given, SignalboxFields)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"Invalid value for '{FIELD}': {error}."[:500], FIELD) from error
    said = {name: getattr(typed, name) for name in KNOBS}
    return {
        name: ",".join(each) if isinstance(each, list) else str(each)
        for name, each in said.items()
        if each is not None
    }
