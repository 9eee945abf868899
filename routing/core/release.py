"""A release as the decision core reads it: frozen, complete, and free of secrets.

`routing.selectors.compile_release` builds one from a release's canonical document. Money is in integer
nano-dollars per million tokens; time in integer microseconds since the epoch, UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from routing.core.bands import TierBand
from routing.core.caching.settings import Caching
from routing.core.prompts import Prompt
from routing.core.routes import BALANCE_BY as BALANCE_BY
from routing.core.routes import DEFAULT_FALLBACK_ON as DEFAULT_FALLBACK_ON
from routing.core.routes import MAX_ROUTE_CALLS as MAX_ROUTE_CALLS
from routing.core.routes import MAX_ROUTE_DEPTH as MAX_ROUTE_DEPTH
from routing.core.routes import Balance as Balance
from routing.core.routes import Condition as Condition
from routing.core.routes import Fallback as Fallback
from routing.core.routes import Model as Model
from routing.core.routes import Route as Route
from routing.core.tasks import Task
from routing.core.trained import TrainedRouter


class CellDecision(StrEnum):
    APPROVED = "approved"
    CONDITIONAL = "conditional"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class DataClass:
    """A class of data; a higher rank is more sensitive.

    `requirements` hold of every deployment that gets it, beside what the matrix says: conditions of the same
    vocabulary (registry.core.conditions).
    """

    name: str
    rank: int
    store_content: bool = False
    kinds: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """What the matrix says of one deployment and one class, and when it says it.

    `conditions` name what must hold beside the decision; one that this version does not know denies.
    """

    decision: CellDecision
    conditions: tuple[str, ...] = ()
    valid_from_us: int | None = None
    valid_to_us: int | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """Who runs deployments, and what is known of it. Jurisdictions are countries' codes; none is unknown."""

    name: str
    jurisdictions: tuple[str, ...] = ()
    zero_retention: bool = False
    no_training: bool = False


@dataclass(frozen=True, slots=True)
class Certification:
    """What a provider holds, or one deployment alone. It counts from its issue to the end of its last day;
    `countries` and `data_kinds` limit what it covers (registry.core.assurance.Holding)."""

    name: str
    kind: str
    provider: str
    deployment: str
    valid_from_us: int
    valid_to_us: int | None
    countries: tuple[str, ...] = ()
    data_kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """Prices that hold in place of a row's own where all of these conditions do: above a length of input, at
    a time of day (minutes in UTC, half-open; it may pass midnight), in a batch, at a service tier. A factor
    is on every kind."""

    rates: tuple[tuple[str, int], ...] = ()  # kind (routing.core.rates) → nano-dollars per unit
    above_input_tokens: int | None = None
    window: tuple[int, int] | None = None
    batch: bool = False
    service_tier: str = ""  # that the provider served it at
    factor_millionths: int | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """What one generated picture costs; an empty part is any."""

    size: str
    quality: str
    nano: int


@dataclass(frozen=True, slots=True)
class Price:
    """One effective-dated price row. `id` and `sha256` go into every charge made at it.

    None is unknown, which is never zero: routing.core.rates says what falls back on what.
    """

    id: str
    sha256: str
    valid_from_us: int
    valid_to_us: int | None
    input_nano_per_mtok: int | None
    output_nano_per_mtok: int | None
    cache_read_nano_per_mtok: int | None = None
    cache_write_nano_per_mtok: int | None = None
    request_nano: int = 0
    cache_write_1h_nano_per_mtok: int | None = None
    reasoning_nano_per_mtok: int | None = None
    audio_input_nano_per_mtok: int | None = None
    audio_output_nano_per_mtok: int | None = None
    image_input_nano_per_mtok: int | None = None
    image_output_nano_per_mtok: int | None = None
    audio_nano_per_hour: int | None = None
    characters_nano_per_mchar: int | None = None
    pictures: tuple[Picture, ...] = ()
    bands: tuple[Band, ...] = ()
    audio_least_ms: int | None = None  # billed of any sound, however short
    audio_step_ms: int | None = None  # each step that is begun is billed whole


@dataclass(frozen=True, slots=True)
class Limits:
    """What one deployment can take; None is unlimited."""

    concurrency: int | None = None
    requests_per_min: int | None = None
    tokens_per_min: int | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """One model version at one endpoint in one region: what a call is made to."""

    name: str
    model: str
    version: str
    upstream_id: str  # the exact id that is sent
    family: str
    provider: str
    dialect: str  # adapter module: openai | anthropic | gemini
    base_url: str
    credential: str  # name of the credential, resolved in the worker alone; "" for none
    region: str
    queue: str
    lifecycle: str
    enabled: bool
    weight: int
    capabilities: frozenset[str]
    context_window_tokens: int
    max_output_tokens: int
    image_tokens_bound: int
    timeout_s: int
    prices: tuple[Price, ...] = ()
    limits: Limits = Limits()
    cells: Mapping[str, Cell] = field(default_factory=dict)  # data class → cell; absent is denied
    quirks: tuple[str, ...] = ()  # how the endpoint departs from its dialect
    country: str = ""  # where it runs, by its two letters; "" is unknown
    fingerprint: str = ""  # pinned beside the upstream id; another one is drift
    on_drift: str = "flag"  # flag | block: suspend the deployment
    retires_on: str = ""  # the day on which its provider turns it off; it stops nothing by itself

    def price_at(self, now_us: int) -> Price | None:
        """The row in force at `now_us`, or None: an unknown price refuses the call."""
        for price in self.prices:
            if price.valid_from_us <= now_us and (price.valid_to_us is None or now_us < price.valid_to_us):
                return price
        return None


@dataclass(frozen=True, slots=True)
class DetectionRule:
    """What is done about what a detector finds, or any of a kind (routing.core.detected says how)."""

    finds: str
    data_class: str  # that such data has; "" where the rule only records
    action: str
    output: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Where every condition holds, `route` applies (or the request is refused, where `route` is None)."""

    name: str
    conditions: tuple[Condition, ...]
    route: Route | None


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules in order; the first that matches decides. Where none does, the request is refused."""

    name: str
    rules: tuple[Rule, ...]
    deadline_s: int = 120
    max_attempts_per_call: int = 2
    unsupported: str = "refuse"  # what a model can't take: refuse | warn
    applications: tuple[str, ...] = ()  # who may ask for it by name; empty is everyone
    truncation: str = "refuse"  # what no model has room for: refuse | oldest
    caching: Caching | None = None  # answers that may be given again
    latency_budget_ms: int | None = None  # divided among a route's steps; None: the deadline alone
    fallback_band_percent: int | None = None  # of answers; None is the default (routing.core.bands)
    tier_bands: tuple[TierBand, ...] = ()  # of answers, by the tier of the model


@dataclass(frozen=True, slots=True)
class Release:
    """Hashed by its digest, so that what is derived from a release can be kept beside it."""

    number: int
    digest: str  # SHA-256 of the canonical document
    data_classes: Mapping[str, DataClass]
    deployments: Mapping[str, Deployment]
    policies: Mapping[str, Policy]
    default_policy: str  # what `auto` means
    keywords: frozenset[str] = frozenset()  # every keyword that some rule asks for, in lower case
    detection: tuple[DetectionRule, ...] = ()
    providers: Mapping[str, Provider] = field(default_factory=dict)
    certifications: tuple[Certification, ...] = ()
    tasks: Mapping[str, Task] = field(default_factory=dict)
    prompts: Mapping[str, Prompt] = field(default_factory=dict)  # by "name@version"
    routers: Mapping[str, TrainedRouter] = field(default_factory=dict)
    # By evaluation set: “model@version” → quality in thousandths, as it was measured.
    measured: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.digest)

    def strictest(self) -> DataClass:
        return max(self.data_classes.values(), key=lambda data_class: data_class.rank)
