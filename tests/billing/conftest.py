"""Fixtures of billing's tests."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from billing_live_cast import rule, trust

from billing.core.budgets import BudgetBook
from billing.live import LiveMoney
from billing.pipeline import Pipeline


@pytest_asyncio.fixture
async def pipeline(valkey: str) -> AsyncIterator[Pipeline]:
    pipeline = Pipeline(valkey)
    await pipeline.start()
    yield pipeline
    await pipeline.stop()


@pytest.fixture
def money(valkey: str, pipeline: Pipeline) -> LiveMoney:
    """Live money over empty counters, trusted at epoch 1."""
    trust(valkey)
    money = LiveMoney(pipeline, restore=lambda url: BudgetBook(epoch=1))
    money.adopt(BudgetBook(epoch=1, rules=(rule(),)))
    return money
