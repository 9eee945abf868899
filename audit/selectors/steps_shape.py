"""How a request was made for the models that got it, and how their answers were brought to its task."""

from collections.abc import Iterator
from typing import Any

from audit.selectors.sources import Sources
from audit.selectors.story import Cell, Step, Table

HEADERS = ("#", "Prompt sent", "Done to the request", "Done to the answer", "Wrong with the answer")
TITLE = "What was made of request and answer"


def shaped(found: Sources) -> Step:
    """By attempt; nothing where each went out and came back as it was."""
    rows = tuple(_rows(found))
    prompt = found.told("request.accepted").get("prompt", {})
    details = (
        (("Prompt", f"{prompt['name']}@{prompt['version']}"), ("Digest of the prompt", prompt["sha256"]))
        if prompt
        else ()
    )
    if not rows:
        return Step("shaped", TITLE, "Nothing: both are as they came.", details)
    return Step(
        "shaped", TITLE, "By the prompt, the task and the model.", details, Table(TITLE, HEADERS, rows)
    )


def _rows(found: Sources) -> Iterator[tuple[Cell, ...]]:
    for entry in found.entries:
        if entry.event_type != "attempt.finished":
            continue
        sent: dict[str, Any] = entry.data.get("input", {})
        came: dict[str, Any] = entry.data.get("output", {})
        if sent or came.get("steps") or came.get("problems"):
            yield (
                Cell(str(entry.data["attempt"]["number"])),
                Cell(_variant(sent.get("prompt", {}))),
                Cell(_prepared(sent)),
                Cell(", ".join(came.get("steps", ())) or "nothing"),
                Cell("; ".join(came.get("problems", ())) or "nothing", "bad" if came.get("problems") else ""),
            )


def _variant(prompt: dict[str, Any]) -> str:
    if not prompt:
        return "none"
    return f"{prompt['name']}@{prompt['version']}, the variant {prompt['variant']}"


def _prepared(sent: dict[str, Any]) -> str:
    said = ", ".join(sent.get("prepared", ())) or "nothing"
    cut = sent.get("truncated")
    return f"{said} ({cut['tokens_before']} tokens became {cut['tokens_after']})" if cut else said
