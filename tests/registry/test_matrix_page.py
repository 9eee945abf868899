"""The page of the matrix: what it tells of each cell, what is filtered, and what is decided on it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from governance import carry_out
from registry_cast import World, make_deployment

from registry.admin.matrix_form import MAX_CELLS_AT_ONCE
from registry.models import DataClass, MatrixCell, Proposal
from registry.services import matrix

SignIn = Callable[[str], Client]
MAX_PAGE_BYTES = 500_000


def page_of(client: Client, **filters: str) -> str:
    return client.get(reverse("admin:registry_matrix"), filters).content.decode()


def details_of(client: Client, deployment: str) -> dict[str, str]:
    """Class of data → what is told of its cell."""
    rows = client.get(reverse("admin:registry_matrix_row"), {"deployment": deployment}).json()
    return {name: "\n".join(lines) for name, lines in rows.items()}


def rows_of(text: str) -> list[str]:
    return re.findall(r'name=row value="([^"]+)"', text)


def decide(client: Client, *cells: str, **fields: str) -> Any:
    form = {"cell": cells, "decision": "approved", "evidence": "ticket 7", **fields}
    return client.post(reverse("admin:registry_matrix"), form)


def copy(client: Client, *rows: str, **fields: str) -> Any:
    form = {"do": "copy", "source": "gpt-eu", "row": rows, **fields}
    return client.post(reverse("admin:registry_matrix"), form)


def cell_of(name: str, data_class: str) -> MatrixCell | None:
    return MatrixCell.objects.filter(deployment__name=name, data_class__name=data_class).first()


def wide_matrix(deployments: int, classes: int, world: World) -> None:
    """Every cell decided, on evidence of its own."""
    kinds = [
        world.public,
        world.restricted,
        *(DataClass.objects.create(name=f"class-{at}", rank=100 + at) for at in range(classes - 2)),
    ]
    rows = [make_deployment(f"gpt-4.1-mini-eu-{at:03}") for at in range(deployments - 1)]
    cells = [
        MatrixCell(
            deployment=row,
            data_class=kind,
            decision="approved",
            evidence=f"Assessment TIA-2026-{row.name}-{kind.name} of the privacy office",
            valid_to=timezone.now() + timedelta(days=90),
        )
        for row in rows
        for kind in kinds
    ]
    MatrixCell.objects.bulk_create(cells)
    MatrixCell.history.bulk_history_create(cells, batch_size=500)


def test_a_cell_tells_who_decided_it_when_and_on_what(world: World, sign_in: SignIn) -> None:
    decide(sign_in("author"), "gpt-eu restricted")
    carry_out()
    text = details_of(sign_in("auditor"), "gpt-eu")["restricted"]
    assert "Decided: approved" in text
    assert "Evidence: ticket 7" in text
    assert re.search(r"By author on \d{4}-\d\d-\d\d \d\d:\d\d UTC", text)


def test_the_details_of_the_draft_are_not_in_force(world: World, sign_in: SignIn) -> None:
    client = sign_in("author")
    decide(client, "gpt-eu restricted")
    assert "It is not in force" in details_of(client, "gpt-eu")["restricted"]
    told = details_of(sign_in("auditor"), "gpt-eu")
    assert told["restricted"] == "Absent. Nothing was decided, which denies."
    assert list(told) == ["public", "restricted"]


def test_details_are_for_whoever_sees_the_matrix(world: World, sign_in: SignIn) -> None:
    url = reverse("admin:registry_matrix_row")
    assert sign_in("outsider").get(url, {"deployment": "gpt-eu"}).status_code == 403
    assert sign_in("auditor").get(url, {"deployment": "nobody"}).status_code == 404
    assert sign_in("auditor").get(url).status_code == 404


def test_what_a_class_requires_denies_in_spite_of_the_decision(world: World, sign_in: SignIn) -> None:
    world.public.requires_zero_retention = True
    world.public.save()
    text = page_of(sign_in("auditor"))
    assert "sb-denied>Denied<small>zero_retention is not met" in text


def test_evidence_is_never_markup(world: World, sign_in: SignIn) -> None:
    decide(sign_in("author"), "gpt-eu restricted", evidence="<script>alert(1)</script>")
    carry_out()
    client = sign_in("author")
    assert "<script>alert" not in page_of(client)
    told = client.get(reverse("admin:registry_matrix_row"), {"deployment": "gpt-eu"})
    assert told["Content-Type"] == "application/json"


def test_what_the_draft_changes_says_so(world: World, sign_in: SignIn) -> None:
    client = sign_in("author")
    decide(client, "gpt-eu restricted")
    assert "Draft: Approved" in page_of(client)
    assert "Draft: " not in page_of(sign_in("auditor"))


def test_what_the_draft_removes_says_so(world: World, sign_in: SignIn) -> None:
    client = sign_in("author")
    cell = cell_of("gpt-eu", "public")
    assert cell is not None
    client.post(reverse("admin:registry_matrixcell_delete", args=[cell.pk]), {"post": "yes"})
    assert "Draft: Absent" in page_of(client)


@pytest.mark.parametrize(
    ("filters", "shown"),
    [
        ({}, ["gpt-eu", "gpt-us"]),
        ({"q": "us"}, ["gpt-us"]),
        ({"region": "eu"}, ["gpt-eu"]),
        ({"provider": "openai", "model": "gpt"}, ["gpt-eu", "gpt-us"]),
        ({"provider": "nobody"}, []),
        ({"state": "approved"}, ["gpt-eu"]),
        ({"state": "approved", "class": "restricted"}, []),
        ({"state": "nonsense", "within": "soon"}, ["gpt-eu", "gpt-us"]),
        ({"within": "30"}, ["gpt-us"]),
        ({"within": "5"}, []),
    ],
)
def test_filters_leave_what_they_name(
    world: World, sign_in: SignIn, filters: dict[str, str], shown: list[str]
) -> None:
    us = make_deployment("gpt-us", region="us")
    ends = timezone.now() + timedelta(days=10)
    matrix.decide(
        actor=None,
        deployment=us,
        data_class=world.public,
        decision="conditional",
        conditions=["no_tools"],
        evidence="t",
        valid_to=ends,
    )
    assert rows_of(page_of(sign_in("author"), **filters)) == shown


def test_what_ends_soon_is_told_above_the_table(world: World, sign_in: SignIn) -> None:
    assert "will deny within" not in page_of(sign_in("author"))
    cell = cell_of("gpt-eu", "public")
    assert cell is not None
    cell.valid_to = timezone.now() + timedelta(days=3)
    cell.save()
    text = page_of(sign_in("author"))
    assert "1 cell of these will deny within 30 days" in text
    assert "ends soon, " in text


def test_many_cells_are_decided_at_once_in_one_draft(world: World, sign_in: SignIn) -> None:
    make_deployment("gpt-us")
    client = sign_in("author")
    decide(client, "gpt-us public", "gpt-us restricted", decision="conditional", conditions="no_tools")
    decide(client, "gpt-eu restricted", decision="denied")
    proposal = Proposal.objects.get()
    assert len(proposal.change_set) == 3
    carry_out()
    cell = cell_of("gpt-us", "restricted")
    assert cell is not None
    assert (cell.decision, cell.conditions) == ("conditional", ["no_tools"])


def test_a_row_is_copied_into_gaps_alone_unless_asked(world: World, sign_in: SignIn) -> None:
    us = make_deployment("gpt-us")
    matrix.decide(actor=None, deployment=us, data_class=world.public, decision="denied", evidence="no")
    client = sign_in("author")
    assert "no gap to fill" in client.get(copy(client, "gpt-us").url).content.decode()
    copy(client, "gpt-us", replace="on")
    carry_out()
    cell = cell_of("gpt-us", "public")
    assert cell is not None
    assert cell.decision == "approved"
    assert cell.evidence.startswith("As for gpt-eu: ")


@pytest.mark.parametrize("rows", [[], ["nobody"], ["gpt-eu"] * 2 + ["gpt-us"]])
def test_a_copy_to_nobody_known_is_refused(world: World, sign_in: SignIn, rows: list[str]) -> None:
    assert 'role="alert"' in copy(sign_in("author"), *rows).content.decode()
    assert not Proposal.objects.exists()


def test_too_many_cells_at_once_are_refused_and_stay_ticked(world: World, sign_in: SignIn) -> None:
    many = [f"gpt-{at} public" for at in range(MAX_CELLS_AT_ONCE)]
    text = decide(sign_in("author"), "gpt-eu public", *many).content.decode()
    assert f"At most {MAX_CELLS_AT_ONCE} cells at once." in text
    assert 'value="gpt-eu public" checked>' in text


def test_filters_stay_after_a_decision(world: World, sign_in: SignIn) -> None:
    url = f"{reverse('admin:registry_matrix')}?class=restricted"
    form = {"cell": "gpt-eu restricted", "decision": "denied", "evidence": "t"}
    assert sign_in("author").post(url, form).url == url


def test_the_number_of_queries_does_not_grow_with_the_rows(world: World, sign_in: SignIn) -> None:
    client = sign_in("author")
    counts = []
    for at in range(3):
        with CaptureQueriesContext(connection) as queries:
            page_of(client)
        counts.append(len(queries))
        make_deployment(f"gpt-{at}")
    assert counts[1] == counts[2]


def test_a_large_matrix_is_a_page_of_less_than_half_a_megabyte(world: World, sign_in: SignIn) -> None:
    wide_matrix(200, 12, world)
    text = page_of(sign_in("author"))
    assert len(text.encode()) < MAX_PAGE_BYTES
    assert len(rows_of(text)) == 200
