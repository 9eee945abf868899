"""The registry's own section of a release: data classes, providers with what they hold, and deployments with
their prices and cells."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from registry.core.conditions import written_out
from registry.models import (
    Certification,
    DataClass,
    Deployment,
    MatrixCell,
    ModelVersion,
    OnDrift,
    Price,
    Provider,
)
from registry.models.price import FIRST_AMOUNTS, nano_name
from registry.releases.clock import to_us, to_us_or_none


def compile_registry() -> dict[str, Any]:
    deployments = (
        Deployment.objects.select_related("version__model", "provider", "credential")
        .prefetch_related("prices", "cells__data_class")
        .order_by("name")
    )
    return {**_assurances(), "deployments": [_deployment(row) for row in deployments]}


def compile_matrix(only: Deployment | None = None) -> dict[str, Any]:
    """The part of the section that says what may go where, for pages that show it (registry.matrix_state); of
    all deployments, or of one."""
    cells: dict[UUID, dict[str, Any]] = {}
    decided, deployments = MatrixCell.objects.order_by(), Deployment.objects.order_by("name")
    if only is not None:
        decided, deployments = decided.filter(deployment=only), deployments.filter(pk=only.pk)
    rows = decided.values_list(
        "deployment_id", "data_class__name", "decision", "conditions", "valid_from", "valid_to"
    )
    for deployment_id, data_class, *said in rows:
        cells.setdefault(deployment_id, {})[data_class] = _cell_of(*said)
    known = deployments.values_list("pk", "name", "provider__name", "country")
    return {
        **_assurances(),
        "deployments": [
            {"name": name, "provider": provider, "country": country, "cells": cells.get(pk, {})}
            for pk, name, provider, country in known
        ],
    }


def _assurances() -> dict[str, Any]:
    return {
        "data_classes": [_data_class(row) for row in DataClass.objects.order_by("name")],
        "providers": [_provider(row) for row in Provider.objects.order_by("name")],
        "certifications": list(_certifications()),
    }


def _data_class(row: DataClass) -> dict[str, Any]:
    return {
        "name": row.name,
        "rank": row.rank,
        "kinds": sorted(row.kinds),
        "store_content": row.store_content,
        "requirements": row.requirements,
    }


def _provider(row: Provider) -> dict[str, Any]:
    return {
        "name": row.name,
        "jurisdictions": sorted(row.jurisdictions),
        "retention_days": row.retention_days,
        "trains_on_data": row.trains_on_data,
    }


def _certifications() -> Iterator[dict[str, Any]]:
    """Those whose day of issue is known; the others count for nothing."""
    rows = Certification.objects.select_related("provider", "deployment").order_by("name")
    for row in rows:
        window = row.window_us
        if window is not None:
            yield {
                "name": row.name,
                "kind": row.kind,
                "provider": row.provider.name if row.provider else "",
                "deployment": row.deployment.name if row.deployment else "",
                "valid_from_us": window[0],
                "valid_to_us": window[1],
                "countries": sorted(row.countries),
                "data_kinds": sorted(row.data_kinds),
                "reference": row.reference,
                "evidence_sha256": row.evidence_sha256,
            }


def _deployment(row: Deployment) -> dict[str, Any]:
    version, model = row.version, row.version.model
    return {
        "name": row.name,
        "model": model.name,
        "version": version.name,
        "upstream_id": version.upstream_id,
        **_pinning(version),
        **({"retires_on": row.ends_on.isoformat()} if row.ends_on else {}),
        "family": model.family,
        "provider": row.provider.name,
        "dialect": row.dialect,
        "quirks": sorted(row.quirks),
        "base_url": row.base_url,
        "credential": row.credential.name if row.credential else "",
        "region": row.region,
        "country": row.country,
        "queue": row.queue,
        "lifecycle": row.effective_lifecycle.value,
        "enabled": row.enabled,
        "weight": row.weight,
        "capabilities": row.effective_capabilities,
        "context_window_tokens": model.context_window_tokens,
        "max_output_tokens": model.max_output_tokens,
        "image_tokens_bound": model.image_tokens_bound,
        "timeout_s": row.timeout_s,
        "limits": {
            "concurrency": row.concurrency_limit,
            "requests_per_min": row.requests_per_min_limit,
            "tokens_per_min": row.tokens_per_min_limit,
        },
        "prices": [
            price_value(price) for price in sorted(row.prices.all(), key=lambda price: price.valid_from)
        ],
        "cells": _cells(row),
    }


def _pinning(version: ModelVersion) -> dict[str, str]:
    """Where it is as always, the document says nothing."""
    pinned = {"fingerprint": version.fingerprint} if version.fingerprint else {}
    return pinned if version.on_drift == OnDrift.FLAG else {**pinned, "on_drift": version.on_drift}


def _in_order(row: Deployment) -> list[Price]:
    return sorted(row.prices.all(), key=lambda price: price.valid_from)


def price_value(row: Price) -> dict[str, Any]:
    """A price row as the release holds it; routing.core.document.price_from reads it."""
    return {
        "id": str(row.id),
        "sha256": row.sha256,
        "valid_from_us": to_us(row.valid_from),
        "valid_to_us": to_us_or_none(row.valid_to),
        **{nano_name(column): row.nano(column) for column in FIRST_AMOUNTS},
        "request_nano": row.nano("request_usd"),
        **row.later_content(),
    }


def _cells(row: Deployment) -> dict[str, Any]:
    return {cell.data_class.name: _cell(cell) for cell in row.cells.all()}


def _cell(row: MatrixCell) -> dict[str, Any]:
    return _cell_of(row.decision, row.conditions, row.valid_from, row.valid_to)


def _cell_of(
    decision: str, conditions: list[str], valid_from: datetime | None, valid_to: datetime | None
) -> dict[str, Any]:
    return {
        "decision": decision,
        "conditions": sorted(written_out(condition) for condition in conditions),
        "valid_from_us": to_us_or_none(valid_from),
        "valid_to_us": to_us_or_none(valid_to),
    }
