"""What is known of a request, and of the world, when it is decided. No content, no secret, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from routing.core.knobs import NO_KNOBS, Knobs


@dataclass(frozen=True, slots=True)
class Score:
    """What one trained router makes of a request (routing.core.trained): the part of its text that is kept.

    `thousandths` is the expected gain of the stronger label over the weaker one. `reasons` are the features
    that weighed most, in words, and `artifact` is the digest of what it was computed by. Where the request is
    outside the region of the evaluation set that the router was trained on, `outside` says why, and no
    threshold is applied.
    """

    router: str
    thousandths: int
    reasons: tuple[str, ...] = ()
    outside: str = ""
    artifact: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a rule may ask about. Sequences are sorted, so that equal facts have equal bytes."""

    request_id: str  # UUIDv7; every draw is a hash of it
    requested: str  # as the application wrote it: a model, a policy, or "auto"
    team: str
    application: str
    api_key: str  # the key's prefix
    data_class: str  # effective
    declared_data_class: str | None  # as the application wrote it
    clearance: str  # the highest class that the key may send
    input_tokens: int  # estimate, for rules and limits
    input_tokens_bound: int  # never under what any tokenizer counts, for the reservation
    max_output_tokens: int | None  # as asked; None is the model's own maximum
    operation: str = "chat"
    choices: int = 1  # `n`
    images: int = 0
    stream: bool = False
    end_user: str = ""
    task: str = ""
    tags: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()  # capabilities: tools, vision, json_schema, json_object, audio …
    keywords: tuple[str, ...] = ()  # those of the release's keywords that the text holds
    # What detection said (routing.core.detected). `data_class` is what it came to.
    base_data_class: str = ""  # before detection raised it; "" where that changed nothing
    detected_data_class: str = ""  # the highest class of what was found
    detections: tuple[str, ...] = ()  # "email:2": detector and count, never a value
    redacted: tuple[str, ...] = ()  # detectors whose findings were replaced before anything left
    refused_for: str = ""  # the detector whose finding a rule refuses
    residency: tuple[str, ...] = ()  # where it may go (routing.core.residency); empty is no limit of its own
    # Of operations other than chat (routing.core.sizes).
    window_tokens: int | None = None  # what must fit at once; None is all of the input and the output
    pictures: int = 0  # to be made
    audio_ms: int = 0  # to be heard or spoken, at most
    characters: int = 0  # to be spoken
    prompt: str = ""  # "name@version"
    service_tier: str = ""  # as asked; "" is the usual one
    least_input_tokens: int | None = None  # where the oldest turns are left out; None where that is not asked
    scores: tuple[Score, ...] = ()  # of the trained routers that the policy asks, by name
    batch: bool = False  # a line of a batch, which may wait for its provider's own batch service
    knobs: Knobs = NO_KNOBS
    documents: int = 0  # of the images, those whose length is not known until they are read
    searches: bool = False  # it has the provider search, which is paid beside tokens

    def score_of(self, router: str) -> Score | None:
        """None where that router was not asked about this request."""
        return next((score for score in self.scores if score.router == router), None)


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of one deployment at this moment, from all processes. The latencies move with each
    answer; without answers the median fades."""

    breaker: str = "closed"  # closed | open | half_open
    in_flight: int = 0
    latency_p50_ms: int | None = None
    latency_p95_ms: int | None = None  # None until enough answers were measured


@dataclass(frozen=True, slots=True)
class Live:
    """The inputs that change by the second. A deployment that is not in `health` is healthy.

    `suspended` holds what must not be used (registry.core.subjects).
    """

    now_us: int
    health: Mapping[str, Health] = field(default_factory=dict)
    suspended: frozenset[str] = frozenset()
