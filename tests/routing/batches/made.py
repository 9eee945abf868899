"""Batches of a few lines, as far as a test wants them."""

import json
from typing import Any

from routing.batches import batches, files
from routing.models import Batch, BatchState, StoredFile

CHAT = "/v1/chat/completions"
BODY = {"model": "m", "messages": []}


def stored(team: str, count: int = 3) -> StoredFile:
    asked = [{"custom_id": f"n{at}", "method": "POST", "url": CHAT, "body": BODY} for at in range(count)]
    data = "\n".join(map(json.dumps, asked)).encode()
    return files.store(team_id=team, filename="in.jsonl", data=data)


def made(team: str, count: int = 3, **changes: Any) -> Batch:
    given = {"endpoint": CHAT, "labels": {}, "metadata": None, "key_prefix": "abc", **changes}
    return batches.create(team_id=team, input_id=stored(team, count).pk, **given)


def prepared(team: str, count: int = 3) -> Batch:
    batch = made(team, count)
    batches.prepare(batch)
    assert batch.state == BatchState.IN_PROGRESS
    return batch
