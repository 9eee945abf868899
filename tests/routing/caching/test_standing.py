"""Comparisons as evidence: counted for the policy as it is, and told in admin."""

import json
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.core.ids import uuid7
from audit.models import Entry, Request
from audit.selectors.sources import Sources
from audit.selectors.steps_again import again
from routing.caching.evidence import basis_of, standing_of
from routing.core.caching.settings import Caching, Mode
from routing.core.release import Release
from routing.models import CacheComparison, CacheHit
from tests.routing.core import builders

A = builders.deployment("a")


def release(deployment: Any = A, **policy: Any) -> Release:
    made = builders.release(deployment)
    return replace(made, policies={"std": replace(made.policies["std"], **policy)})


def compared(same: int, other: int, basis: str) -> None:
    for is_same, count in ((True, same), (False, other)):
        for _ in range(count):
            CacheComparison.objects.create(
                request_id=uuid7(),
                of_request=uuid7(),
                policy="std",
                basis=basis,
                similarity_milli=900,
                is_same=is_same,
                at=timezone.now(),
            )


def test_comparisons_count_for_their_basis_alone(db: None) -> None:
    compared(3, 1, "one")
    compared(5, 0, "other")
    standing = standing_of("std", "one")
    assert (standing.compared, standing.false) == (4, 1)
    assert not standing.suffices


@pytest.mark.parametrize("kind", ["cachehit", "cachecomparison"])
def test_lists_lead_to_the_dossiers(admin_client: Client, kind: str) -> None:
    compared(1, 0, "one")
    hit = {
        "policy": "std",
        "model": "m",
        "model_version": "1",
        "similarity_milli": 1000,
        "saved_nano": 66_000,
    }
    CacheHit.objects.create(request_id=uuid7(), of_request=uuid7(), kind="exact", at=timezone.now(), **hit)
    row = (CacheHit if kind == "cachehit" else CacheComparison).objects.get()
    for name, args in (("changelist", []), ("change", [row.pk])):
        page = admin_client.get(reverse(f"admin:routing_{kind}_{name}", args=args))
        assert reverse("admin:audit_request_change", args=[row.of_request]) in page.content.decode()


@pytest.mark.parametrize(
    "changed",
    [
        release(deadline_s=7),
        release(caching=Caching(Mode.SEMANTIC, similarity_milli=950)),
        release(replace(A, version="v2")),
        release(replace(A, upstream_id="other")),
    ],
)
def test_any_change_of_the_policy_begins_anew(changed: Release) -> None:
    assert basis_of(release(), "std") == basis_of(replace(release(), digest="another"), "std")
    assert basis_of(changed, "std") != basis_of(release(), "std")


CACHE = {"kind": "exact", "of": "0190", "similarity_milli": 1000, "saved_nano": 5, "sources": ["a"]}


@pytest.mark.parametrize(
    ("event", "body", "says"),
    [
        ("request.finished", {}, "answered anew."),
        ("request.finished", {"cache": CACHE}, "given again"),
        ("cache.compared", {"is_same": False, "of": "0190", "similarity_milli": 950}, "something else"),
    ],
)
def test_the_dossier_says_whose_answer_it_is(event: str, body: dict[str, Any], says: str) -> None:
    entry = Entry(event_type=event, body=json.dumps({"data": body}))
    assert says in again(Sources(Request(), [], [entry], [])).says
