"""Sources of facts as their publishers write them, and a catalogue with a model or two."""

import json
from decimal import Decimal
from typing import Any

from registry.catalog.source import Offer, Seller
from registry.catalog.terms import Amount, Schedule


def litellm(name: str = "gpt-1", provider: str = "openai", **said: Any) -> bytes:
    return json.dumps(
        {"sample_spec": {}, name: {"litellm_provider": provider, "mode": "chat", **said}}
    ).encode()


def models_dev(upstream_id: str = "gpt-1", provider: str = "openai", **said: Any) -> bytes:
    return json.dumps({provider: {"models": {upstream_id: {"id": upstream_id, **said}}}}).encode()


def offer(name: str = "gpt-1") -> Offer:
    standard = Schedule({"input": Amount(Decimal("0.4")), "output": Amount(Decimal("1.6"))})
    return Offer("openai", name, name, frozenset({name}), 100_000, False, ((None, standard),))


def seller(*offers: Offer) -> Seller:
    return Seller("openai", "OpenAI", r"https://api\.openai\.com", "", offers)
