"""What can be wrong with the registry's own section. Policies are judged by routing."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings

from registry.core.endpoints import endpoint_problem, host_of
from registry.core.expiry import notice_days
from registry.core.pinning import moves
from registry.dialects import dialect_problem, quirk_problem
from registry.lifecycle.findings import retirement_findings
from registry.lifecycle.gates import lifecycle_findings
from registry.models import Credential, Decision, Lifecycle
from registry.releases.findings import Finding, error, warning
from registry.releases.sections import Document
from registry.selectors import suspensions_in_force
from registry.suspendable import current_target

SERVING = {Lifecycle.APPROVED.value, Lifecycle.DEPRECATED.value}


def validate_registry(document: Document, now_us: int) -> Iterator[Finding]:
    if not document["data_classes"]:
        yield error("no_data_class", "data classes", "There is no data class, so nothing can be sent.")
    yield from _suspensions()
    yield from retirement_findings(document, now_us)
    yield from lifecycle_findings(now_us)
    bindings = {credential.name: credential.hosts for credential in Credential.objects.all()}
    for deployment in document["deployments"]:
        subject = f"deployment {deployment['name']}"
        yield from _endpoint(subject, deployment, bindings)
        quirk = quirk_problem(deployment["dialect"], deployment.get("quirks", []))
        if quirk:
            yield error("quirk_unknown", subject, quirk)
        unspoken = dialect_problem(deployment["dialect"])
        if unspoken:
            yield error("dialect_unusable", subject, unspoken)
        if deployment["enabled"]:
            yield from _service(subject, deployment, now_us)


def _suspensions() -> Iterator[Finding]:
    """What is suspended keeps its name, so that the suspension keeps hold of it."""
    for suspension in suspensions_in_force():
        now = current_target(suspension.kind, suspension.target_id)
        if now is not None and now != suspension.target:
            said = f"It is suspended as “{suspension.target}”; lift that before it is called “{now}”."
            yield error("suspended_renamed", str(suspension), said)


def _endpoint(subject: str, deployment: dict[str, Any], bindings: dict[str, list[str]]) -> Iterator[Finding]:
    problem = endpoint_problem(deployment["base_url"], settings.INSECURE_ENDPOINT_HOSTS)
    if problem:
        yield error("endpoint_refused", subject, problem)
        return
    name, host = deployment["credential"], host_of(deployment["base_url"])
    if name and host not in bindings.get(name, ()):
        yield error("credential_not_bound", subject, f"The credential {name} is not bound to {host}.")


def _service(subject: str, deployment: dict[str, Any], now_us: int) -> Iterator[Finding]:
    """Whether an enabled deployment can serve, and for how long."""
    if deployment["lifecycle"] == Lifecycle.RETIRED:
        yield warning("retired", subject, "Its version is retired, so it never serves; disable it.")
    moving = moves(deployment["upstream_id"])
    if moving and deployment["lifecycle"] in SERVING:
        yield warning("upstream_id_moves", subject, moving)
    if deployment["max_output_tokens"] > deployment["context_window_tokens"]:
        yield warning("output_over_window", subject, "It may answer more tokens than its context holds.")
    open_cells = {name: cell for name, cell in deployment["cells"].items() if _opens(cell, now_us)}
    if not open_cells:
        yield warning("never_candidate", subject, "No data class is approved for it, so it never serves.")
    yield from _price(subject, deployment, now_us, bool(open_cells))
    for name, cell in sorted(open_cells.items()):
        days = notice_days(cell["valid_to_us"], now_us)
        if days is not None:
            yield warning("approval_ends", subject, f"Its approval for {name} ends within {days} days.")


def _price(subject: str, deployment: dict[str, Any], now_us: int, may_serve: bool) -> Iterator[Finding]:
    if any(_covers(price, now_us) for price in deployment["prices"]):
        return
    message = "No price is in force, and a call at an unknown price is refused."
    serves = may_serve and deployment["lifecycle"] in SERVING
    yield (error if serves else warning)("unpriced", subject, message)


def _opens(cell: dict[str, Any], now_us: int) -> bool:
    return cell["decision"] != Decision.DENIED and (
        cell["valid_to_us"] is None or now_us < cell["valid_to_us"]
    )


def _covers(price: dict[str, Any], now_us: int) -> bool:
    return price["valid_from_us"] <= now_us and (
        price["valid_to_us"] is None or now_us < price["valid_to_us"]
    )
