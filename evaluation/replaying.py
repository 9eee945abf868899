"""Evaluation sets as a source of impact replays: each item as the request that it stands for."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

from audit.core.ids import uuid7
from evaluation.models import EvaluationItem, EvaluationSet
from registry.selectors import live_release
from routing.core import keywords, tokens
from routing.core.facts import Facts, Live
from routing.core.release import Release
from routing.core.scoring import scores_of
from routing.recordings import CHUNK, Recorded
from routing.selectors import compile_release
from routing.sources import Source, SourceUnknown, register

KIND = "evaluation"


def register_source() -> None:
    register(Source(KIND, "Evaluation set", names, count, chunks))


def names() -> Sequence[str]:
    return list(EvaluationSet.objects.filter(item_count__gt=0).values_list("name", flat=True))


def count(name: str) -> int:
    return _set(name).item_count


def chunks(name: str, limit: int) -> Iterator[Sequence[Recorded]]:
    """The first `limit` items, CHUNK at a time, with every deployment taken for healthy at this moment."""
    evaluation_set = _set(name)
    live = Live(time.time_ns() // 1000)
    published = live_release()
    release = compile_release(published.number, published.digest, published.document) if published else None
    for start in range(0, limit, CHUNK):
        rows = list(evaluation_set.items.order_by("position")[start : min(start + CHUNK, limit)])
        if not rows:
            return
        yield [Recorded(facts_of(evaluation_set, row, release), live, None) for row in rows]


def facts_of(evaluation_set: EvaluationSet, row: EvaluationItem, release: Release | None) -> Facts:
    """What would be known of the item as a request. What detectors would find in it is not looked for."""
    request: dict[str, Any] = {"messages": row.messages}
    counts = tokens.estimate(request)
    application, data_class = evaluation_set.application, evaluation_set.data_class.name
    wanted = release.keywords if release else frozenset()
    return Facts(
        request_id=str(uuid7()),
        requested=evaluation_set.requested,
        team=application.team.name if application else "",
        application=application.name if application else "",
        api_key="",
        data_class=data_class,
        declared_data_class=data_class,
        clearance=data_class,
        input_tokens=counts.input_tokens,
        input_tokens_bound=counts.input_tokens_bound,
        max_output_tokens=None,
        task=row.task,
        tags=tuple(row.tags),
        keywords=keywords.present(wanted, list(tokens.texts(request))) if wanted else (),
        scores=scores_of(release, evaluation_set.requested, request, row.task) if release else (),
    )


def _set(name: str) -> EvaluationSet:
    found = EvaluationSet.objects.filter(name=name).select_related("application__team", "data_class").first()
    if found is None:
        raise SourceUnknown(f"There is no evaluation set “{name}”.")
    return found
