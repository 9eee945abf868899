"""Telling the workers that nobody waits: a courtesy, which is in nobody's way."""

from typing import Any

import pytest

from billing.errors import ValkeyBusy, ValkeyDisconnected
from billing.pipeline import Pipeline
from routing.runtime import Runtime


@pytest.mark.parametrize("why", [ValkeyBusy, ValkeyDisconnected])
async def test_a_cancel_that_can_not_be_sent_takes_no_answer_away(
    why: type[Exception], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: Any) -> None:
        raise why

    monkeypatch.setattr(Pipeline, "execute", refuse)
    Runtime().cancel("01a204cb-b03a-77f3-ab62-29fc431326b8")
    assert [record.message for record in caplog.records] == ["a cancel was not sent"]
