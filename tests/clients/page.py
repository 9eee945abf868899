"""The table of docs/clients.md: which client, in which version, passes which check."""

from collections.abc import Mapping
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"
BEGIN, END = "<!-- table -->\n", "<!-- end -->"
CHECKS = (
    *("chat", "stream", "tools", "schema", "responses", "responses_stream", "completions", "embeddings"),
    *("models", "errors", "concurrency"),
)
HEAD = ("client", "version", *CHECKS, "and")


def write(name: str, version: str, told: Mapping[str, str]) -> None:
    """Put the row of one client in, or in place of the one that is there."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    table, _, after = rest.partition(END)
    rows = {line.split("|")[1].strip(): line for line in table.splitlines()[2:]}
    rows[f"`{name}`"] = row(name, version, told)
    lines = [_line(HEAD), "|" + "---|" * len(HEAD), *(rows[key] for key in sorted(rows))]
    PAGE.write_text(before + BEGIN + "\n".join(lines) + "\n" + END + after)


def row(name: str, version: str, told: Mapping[str, str]) -> str:
    """`told`: check → its problem. A check that a client has nothing for is left empty."""
    cells = [("FAIL" if told[check] else "pass") if check in told else "" for check in CHECKS]
    others = [check + (": FAIL" if told[check] else "") for check in told if check not in CHECKS]
    return _line((f"`{name}`", version, *cells, ", ".join(others)))


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"
