"""GET /v1/models and /v1/models/{id}: what this key may ask for."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpResponse
from rest_framework.request import Request

from registry.core.spans import holds
from registry.core.subjects import SubjectKind, subject
from registry.directory import Consumer
from routing import runtime as runtimes
from routing.admission import now_us, release_in_force
from routing.api.base import AsyncAPIView
from routing.api.errors import ApiError
from routing.core.decide import AUTO
from routing.core.index import index_of
from routing.core.matrix import Ruling
from routing.core.release import Deployment, Release
from routing.core.suspended import first_suspended, subjects_of


class ModelObject(msgspec.Struct):
    """A name that may be asked for, in OpenAI's fields and in Anthropic's. It has no time of making."""

    id: str
    owned_by: str
    object: str = "model"
    created: int = 0
    type: str = "model"
    created_at: str = "1970-01-01T00:00:00Z"
    display_name: str = ""
    lifecycle: str = "active"  # what is listed may be asked for

    def __post_init__(self) -> None:
        self.display_name = self.display_name or self.id


class ModelList(msgspec.Struct):
    """All at once: the last three are Anthropic's, for a page that no other follows."""

    data: list[ModelObject]
    object: str = "list"
    has_more: bool = False
    first_id: str | None = None
    last_id: str | None = None


class Models(AsyncAPIView):
    scope = "models"

    async def get(self, request: Request) -> HttpResponse:
        found = _usable_now(request)
        first, last = (found[0].id, found[-1].id) if found else (None, None)
        return _json(ModelList(found, first_id=first, last_id=last))


class ModelDetail(AsyncAPIView):
    scope = "models"

    async def get(self, request: Request, name: str) -> HttpResponse:
        for model in _usable_now(request):
            if model.id == name:
                return _json(model)
        raise ApiError(
            "model_not_found", f"No model or policy `{name}` that this key may use.", param="model"
        )


def _usable_now(request: Request) -> list[ModelObject]:
    runtime = runtimes.get()
    release, directory = release_in_force(runtime), runtime.directory
    suspended = directory.suspended if directory is not None else frozenset()
    return usable(release, request.user, now_us(), suspended)  # type: ignore[arg-type]


def usable(
    release: Release, consumer: Consumer, now_us: int, suspended: frozenset[str] = frozenset()
) -> list[ModelObject]:
    """`auto`, the policies open to the key's application, and models with a cell within its clearance; less
    what is suspended."""
    found = {}
    if release.default_policy in release.policies:
        found[AUTO] = ModelObject(AUTO, "signalbox")
    for policy in release.policies.values():
        if subject(SubjectKind.ROUTE, policy.name) in suspended:
            continue
        if not policy.applications or consumer.application in policy.applications:
            found.setdefault(policy.name, ModelObject(policy.name, "signalbox"))
    classes = _cleared(release, consumer)
    rulings = index_of(release).rulings
    for deployment in release.deployments.values():
        if first_suspended(subjects_of(deployment), suspended):
            continue
        if _allows(deployment, rulings[deployment.name], classes, now_us):
            found.setdefault(deployment.model, ModelObject(deployment.model, deployment.provider))
    return sorted(found.values(), key=lambda model: model.id)


def _cleared(release: Release, consumer: Consumer) -> frozenset[str]:
    clearance = release.data_classes.get(consumer.clearance)
    if clearance is None:
        return frozenset()
    return frozenset(c.name for c in release.data_classes.values() if c.rank <= clearance.rank)


def _allows(
    deployment: Deployment, rulings: Mapping[str, Ruling], classes: frozenset[str], now_us: int
) -> bool:
    if not deployment.enabled or deployment.price_at(now_us) is None:
        return False
    return any(holds(ruling.open, now_us) for name, ruling in rulings.items() if name in classes)


def _json(value: Any) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(value), content_type="application/json")
