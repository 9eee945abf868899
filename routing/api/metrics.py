"""What /metrics tells of the API.

Labels have few values: codes, outcomes and kinds, and names of deployments, never names that callers make.
"""

from collections.abc import Iterable, Mapping

from prometheus_client import Counter, Gauge, Histogram

from routing.core.facts import Health

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

HELD = "held_for_review"

_requests = Counter("signalbox_requests", "Chat requests by how they ended.", ["outcome"])
_refusals = Counter("signalbox_refusals", "Requests that were refused or failed, by error code.", ["code"])
_latency = Histogram(
    "signalbox_request_seconds", "From acceptance to the end of the answer.", ["kind"], buckets=SECONDS
)
_tokens = Counter("signalbox_tokens", "Tokens as billed.", ["direction"])
_cost = Counter("signalbox_cost_usd", "Dollars settled.")
_breaker = Gauge("signalbox_deployment_breaker", "0 closed, 1 half open, 2 open.", ["deployment"])
_in_flight = Gauge("signalbox_deployment_in_flight", "Calls that all workers hold.", ["deployment"])
_moving = Gauge(
    "signalbox_deployment_seconds",
    "Moving quantiles of the time to an answer, or its first token; the median fades without answers.",
    ["deployment", "quantile"],
)
BREAKERS = {"closed": 0, "half_open": 1, "open": 2}

_looked = Counter("signalbox_cache", "Requests of policies with a cache, by what it came to.", ["result"])
_saved = Counter("signalbox_cache_saved_usd", "Dollars that answers given again had cost.")

_outcome = {name: _requests.labels(name) for name in ("succeeded", "failed", "refused", "cancelled", "held")}
_kind = {True: _latency.labels("stream"), False: _latency.labels("whole")}
_input, _output = _tokens.labels("input"), _tokens.labels("output")


def succeeded(*, stream: bool, seconds: float, input_tokens: int, output_tokens: int, cost_nano: int) -> None:
    _outcome["succeeded"].inc()
    _kind[stream].observe(seconds)
    _input.inc(input_tokens)
    _output.inc(output_tokens)
    _cost.inc(cost_nano / 1e9)


def looked_up(result: str, saved_nano: int) -> None:
    """`result` is hit, shadow, miss or bypass."""
    _looked.labels(result).inc()
    _saved.inc(saved_nano / 1e9)


def refused(code: str) -> None:
    """`code` is one of the API's table, so the label stays bounded."""
    _outcome["refused"].inc()
    _refusals.labels(code).inc()


def failed(code: str) -> None:
    _outcome["held" if code == HELD else "failed"].inc()
    _refusals.labels(code).inc()


def cancelled() -> None:
    _outcome["cancelled"].inc()


def deployments(names: Iterable[str], health: Mapping[str, Health]) -> None:
    """How each of the release's deployments does at this moment; what is unknown is left out."""
    for gauge in (_breaker, _in_flight, _moving):
        gauge.clear()
    for name in names:
        known = health.get(name)
        if known is None:
            continue
        _breaker.labels(name).set(BREAKERS[known.breaker])
        _in_flight.labels(name).set(known.in_flight)
        for quantile, latency_ms in (("0.5", known.latency_p50_ms), ("0.95", known.latency_p95_ms)):
            if latency_ms is not None:
                _moving.labels(name, quantile).set(latency_ms / 1000)
