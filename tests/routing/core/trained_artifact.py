"""A small trained router, for tests: long texts and “prove” gain, “hello world” is of another region."""

from typing import Any

from routing.core.trained import MICRO, TrainedRouter, router_from


def artifact(**changes: Any) -> dict[str, Any]:
    return {
        "schema": 1,
        "intercept": 100_000,
        "features": [["length", 4 * MICRO, 1 * MICRO, 50_000]],
        "words": [["prove", 2 * MICRO, 200_000], ["sum", 1 * MICRO, -100_000], ["the", 1 * MICRO, 0]],
        "unknown_idf": 3 * MICRO,
        "region": {"coverage_min": 200_000, "distance_max": 4 * MICRO, "tasks": ["maths"]},
        "data": {"set": "questions", "sha256": "0" * 64, "labels": 500},
        **changes,
    }


def value(name: str = "gain", threshold: int = 120, **changes: Any) -> dict[str, Any]:
    labels = {"weak": "economy", "strong": "frontier", "default": "frontier"}
    return {"name": name, **labels, "threshold": threshold, "artifact": artifact(**changes)}


def router(name: str = "gain", threshold: int = 120, **changes: Any) -> TrainedRouter:
    return router_from(value(name, threshold, **changes))
