"""The whole record of one request on a running stack, and what must hold of it whatever happened."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.promises.told import attempts_of
from tests.stack import Stack


@dataclass(frozen=True)
class Record:
    row: dict[str, Any]
    attempts: list[dict[str, Any]]
    entries: list[dict[str, Any]]  # their bodies, with `event` and `at`
    ledger: list[dict[str, Any]]

    @property
    def tried(self) -> list[str]:
        """`model outcome`, or `model kind of failure`, in the order in which the calls were begun."""
        return [f"{each['model']} {each['error_kind'] or each['outcome']}" for each in self.attempts]

    @property
    def end(self) -> dict[str, Any]:
        return self.entries[-1]

    @property
    def notes(self) -> dict[str, str]:
        return {note["what"]: note["detail"] for note in self.end.get("route", {}).get("notes", ())}

    @property
    def roles(self) -> list[str]:
        return [entry["attempt"].get("role", "answer") for entry in self.of("attempt.started")]

    def of(self, event: str) -> list[dict[str, Any]]:
        """By the number of the attempt."""
        found = [entry for entry in self.entries if entry["event"] == event]
        return sorted(found, key=lambda entry: int(entry["attempt"]["number"]))

    def gates(self, number: int) -> list[tuple[str, bool]]:
        asked = self.of("attempt.finished")[number - 1]["attempt"].get("gates", ())
        return [(gate["gate"], gate["passed"]) for gate in asked]


def record(stack: Stack, request_id: str) -> Record:
    attempts = attempts_of(stack, request_id)
    row = stack.request_row(request_id)
    told = stack.rows(
        "SELECT body FROM audit_entry WHERE request_id = %s ORDER BY emitter_id, emitter_seq",
        row["id"],
    )
    ledger = stack.rows("SELECT * FROM billing_ledgerentry WHERE request_id = %s", row["id"])
    return Record(row, attempts, [_entry(each) for each in told], ledger)


def assert_whole(found: Record) -> None:
    """Accepted first, finished last; each call told before and after it was made, on one version, at a price;
    and the money adds up: what was held covers what was settled, which is what the attempts cost.

    An attempt that ended before it could be made, as where the deployment had no room, was never begun.
    """
    events = [entry["event"] for entry in found.entries]
    assert (events[0], events[-1]) == ("request.accepted", "request.finished")
    started = {entry["attempt"]["number"]: entry for entry in found.of("attempt.started")}
    finished = found.of("attempt.finished")
    numbers = [entry["attempt"]["number"] for entry in finished]
    assert numbers == [row["number"] for row in found.attempts] == list(range(1, len(numbers) + 1))
    for ended, row in zip(finished, found.attempts, strict=True):
        begun = started.get(row["number"])
        if begun is None:
            assert (ended["attempt"]["called"], row["cost_nano"]) == (False, 0)
            continue
        assert found.entries.index(begun) < found.entries.index(ended)
        assert begun["model"]["version"] == row["model_version"] == "1"
        assert begun["money"]["price"]["id"] == row["price_id"]
        assert 0 <= row["cost_nano"] <= begun["money"]["worst_case_nano"]
    assert_settled(found)


def assert_settled(found: Record) -> None:
    """A request that nobody began, as where no deployment had room, was closed without its hold."""
    if not found.of("attempt.started"):
        assert (found.ledger, found.row["cost_nano"]) == ([], None)
        return
    amounts: dict[str, int] = {}
    for each in found.ledger:
        amounts[each["kind"]] = amounts.get(each["kind"], 0) + each["amount_nano"]
    spent = sum(row["cost_nano"] for row in found.attempts)
    assert found.row["cost_nano"] == amounts.get("settled", 0) == spent
    assert amounts["reserved"] == found.row["worst_case_nano"] >= spent
    money = found.end["money"]
    assert money["settled_nano"] == spent


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    sealed = json.loads(row["body"])
    return {"event": sealed["type"], "at": sealed["at"], **sealed["data"]}


def moment(value: Any) -> datetime:
    """Of a row's column: SQLite keeps text, in UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
