"""Whether the answer was there already: whose it is, how it was found, and what a near one was worth."""

from typing import Any

from audit.selectors import words
from audit.selectors.sources import Sources
from audit.selectors.story import Step

TITLE = "Whether it was answered before"
KINDS = {
    "exact": "The same request was answered before, and its answer was given again.",
    "in_flight": "The same request was being answered, and its answer was given to both.",
    "semantic": "A near request was answered before, and its answer was given again.",
}


def again(found: Sources) -> Step:
    told: dict[str, Any] = found.told("request.finished").get("cache", {})
    if told:
        kind = told.get("kind", "")
        return Step("again", TITLE, KINDS.get(kind, kind), tuple(_details(told)), tone="good")
    compared: dict[str, Any] = found.told("cache.compared")
    if not compared:
        return Step("again", TITLE, "It was answered anew.")
    says = "the same" if compared["is_same"] else "something else"
    return Step(
        "again",
        TITLE,
        f"It was answered anew; the answer to a near request was compared with it, and says {says}.",
        (("Compared with request", compared["of"]), ("Alike", _alike(compared))),
    )


def _details(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        ("Answer of request", told["of"]),
        ("Made before this one, by", words.milliseconds(told.get("age_ms"))),
        ("Alike", _alike(told)),
        ("Saved", words.usd(told.get("saved_nano"))),
        ("Made by", ", ".join(told.get("sources", ()))),
    ]


def _alike(told: dict[str, Any]) -> str:
    return f"{told.get('similarity_milli', 0) / 10:g} %"
