"""One request on its way to a decision: who asks for what, and what is therefore known."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from registry.directory import Consumer
from routing.api.errors import ApiError
from routing.api.labels import Labels
from routing.api.operation_bodies import OperationBody
from routing.api.wire import ChatBody
from routing.core import keywords
from routing.core.composing import least_tokens
from routing.core.detected import Weighed, listed
from routing.core.facts import Facts
from routing.core.operations import CHAT
from routing.core.release import Release
from routing.core.scoring import scores_of
from routing.core.service_tier import tier_of
from routing.core.sizes import sizes_of
from routing.surfaces.chat import CHAT_REPLY
from routing.surfaces.contract import Reply

MAX_END_USER_CHARS = 256


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that was authenticated and read."""

    request_id: UUID
    accepted_us: int
    consumer: Consumer
    body: ChatBody | OperationBody
    labels: Labels
    reply: Reply = CHAT_REPLY  # how it is answered
    person: str = ""  # who sent it from the admin, as that application
    batch: bool = False  # it may wait for its provider's own batch service
    drill: str = ""  # the provider that fails on purpose for this request; no door of the API can say it

    @property
    def end_user(self) -> str:
        return self.body.end_user[:MAX_END_USER_CHARS]


def effective_class(release: Release, consumer: Consumer, declared: str | None) -> str:
    """The data class that rules this request.

    A declared label must name a class, up to the case of ASCII and outer blanks; anything else is refused
    rather than taken for some class, and what only looks like a class (in another alphabet) is anything else.
    Without a label it is the key's default, and without that the strictest class there is. Raises ApiError
    (data_class_unknown).
    """
    if declared is None and release.data_classes:
        return consumer.default_data_class or release.strictest().name
    wanted = (declared or "").strip(" \t").lower()
    if wanted.isascii() and declared is not None and declared.isascii() and wanted in release.data_classes:
        return wanted
    known = ", ".join(sorted(release.data_classes))
    raise ApiError("data_class_unknown", f"Known data classes: {known}.", param="x-signalbox-data-class")


def establish(release: Release, ask: Ask, base: str, weighed: Weighed, found: Mapping[str, int]) -> Facts:
    """All that a rule may ask about. The text itself does not go further than this.

    `base` is the class without what was `found`, `weighed` what that comes to; tokens are counted as sent.
    """
    body = ask.body
    sizes = sizes_of(body.operation, body.request)
    asked = body.max_output_tokens is not None
    present = keywords.present(release.keywords, body.texts()) if release.keywords else ()
    return Facts(
        request_id=str(ask.request_id),
        requested=body.model,
        team=ask.consumer.team,
        application=ask.consumer.application,
        api_key=ask.consumer.key_prefix,
        data_class=weighed.data_class,
        base_data_class=base if base != weighed.data_class else "",
        detected_data_class=weighed.detected,
        detections=listed(found),
        redacted=weighed.redacted,
        refused_for=weighed.refused_for,
        declared_data_class=ask.labels.data_class,
        clearance=ask.consumer.clearance,
        input_tokens=sizes.input_tokens,
        input_tokens_bound=sizes.input_tokens_bound,
        max_output_tokens=body.max_output_tokens if asked else sizes.max_output_tokens,
        operation=body.operation,
        choices=body.n,
        images=max(body.images, sizes.images),
        documents=body.documents,
        searches=body.operation == CHAT and "web_search_options" in body.request,
        stream=body.stream,
        end_user=ask.end_user,
        task=ask.labels.task,
        tags=ask.labels.tags,
        needs=body.needs,
        keywords=present,
        residency=ask.labels.residency,
        prompt=_prompt_of(body),
        least_input_tokens=_least_tokens_of(release, body),
        scores=scores_of(release, body.model, body.request, ask.labels.task),
        window_tokens=sizes.window_tokens,
        pictures=sizes.pictures,
        audio_ms=sizes.audio_ms,
        characters=sizes.characters,
        service_tier=tier_of(body.request.get("service_tier")),
        batch=ask.batch,
        knobs=ask.labels.knobs,
    )


def _prompt_of(body: ChatBody | OperationBody) -> str:
    """Which version of which prompt, once it is known."""
    prompt = body.request.get("prompt") if isinstance(body, ChatBody) else None
    return f"{prompt['id']}@{prompt['version']}" if prompt else ""


def _least_tokens_of(release: Release, body: ChatBody | OperationBody) -> int | None:
    """Only where some policy would leave something out, and there is something to leave out."""
    if not isinstance(body, ChatBody) or len(body.messages) < 2:
        return None
    if all(policy.truncation == "refuse" for policy in release.policies.values()):
        return None
    return least_tokens(body.request)
