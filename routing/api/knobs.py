"""The knobs of one request: by header, or as the body's own object `signalbox`.

A knob that can't be read, or that the two say differently, is refused: were it ignored, the request would
cost more, or go elsewhere, than the application allows.
"""

from collections.abc import Mapping
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from typing import NoReturn

from billing.core.money import MAX_NANO, NANO_PER_USD
from routing.api.errors import ApiError
from routing.api.knob_wire import FIELD, KNOBS, MAX_LATENCY_MS, MAX_MODEL_CHARS, MAX_MODELS
from routing.core.knobs import MAX_DIAL, NO_KNOBS, Knobs

HEADERS = {name: "x-signalbox-" + name.replace("_", "-") for name in KNOBS}
METAS = {name: "HTTP_" + header.upper().replace("-", "_") for name, header in HEADERS.items()}
MAX_KNOB_CHARS = 4_096


def read_knobs(meta: Mapping[str, str], by_body: Mapping[str, str]) -> Knobs:
    """Of the headers (Django's META) and what `take_knobs` took. Raises ApiError."""
    found = ((name, _agreed(name, meta.get(METAS[name]), by_body)) for name in KNOBS)
    said = {name: text for name, text in found if text is not None}
    if not said:
        return NO_KNOBS
    return Knobs(
        max_cost_nano=_nano(said["max_cost_usd"]) if "max_cost_usd" in said else None,
        max_latency_ms=_whole("max_latency_ms", said, 1, MAX_LATENCY_MS),
        models=_models(said["models"]) if "models" in said else (),
        dial=_whole("dial", said, 0, MAX_DIAL),
    )


def _agreed(name: str, by_header: str | None, by_body: Mapping[str, str]) -> str | None:
    inside = by_body.get(name)
    if by_header is not None and inside is not None and by_header.strip() != inside.strip():
        _refuse(name, f"The header {HEADERS[name]} and {FIELD}.{name} disagree.")
    said = inside if by_header is None else by_header
    if said is not None and (len(said) > MAX_KNOB_CHARS or not said.isascii()):
        _refuse(name, f"At most {MAX_KNOB_CHARS} characters, all of them ASCII.")
    return None if said is None else said.strip()


def _nano(text: str) -> int:
    """Rounded down: a fraction of a nano-dollar is not allowed to be spent."""
    try:
        nano = Decimal(text) * NANO_PER_USD
    except InvalidOperation:
        nano = Decimal(-1)
    if not nano.is_finite() or not 0 <= nano <= MAX_NANO:
        _refuse("max_cost_usd", "Send dollars, such as 0.02: what all of this may cost at worst.")
    return int(nano.to_integral_value(rounding=ROUND_FLOOR))


def _whole(name: str, said: Mapping[str, str], least: int, most: int) -> int | None:
    text = said.get(name)
    if text is None:
        return None
    if not (text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
        _refuse(name, f"Send a whole number from {least} to {most}.")
    return int(text)


def _models(text: str) -> tuple[str, ...]:
    """By name, once each. An empty list would allow none, and is taken for a mistake."""
    names = {name.strip() for name in text.split(",")} - {""}
    if not 0 < len(names) <= MAX_MODELS or any(len(name) > MAX_MODEL_CHARS for name in names):
        _refuse("models", f"Send 1 to {MAX_MODELS} names of models, with commas between.")
    return tuple(sorted(names))


def _refuse(name: str, message: str) -> NoReturn:
    raise ApiError("invalid_request", message, param=HEADERS[name])
