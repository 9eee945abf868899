"""Releases: listed, read, compared, what was in force at a time; and a proposal to return to one."""

from django.http import HttpResponse
from rest_framework.request import Request

from registry.api import body_types as bodies
from registry.api import query
from registry.api.answer_types import (
    Comparison,
    Difference,
    ProposalAnswer,
    ReleaseAnswer,
    ReleasePage,
    proposal_of,
    release_of,
)
from registry.api.base import JSON, ManagementView, Operation, answer
from registry.api.errors import ApiError
from registry.api.proposals import OF_BODIES, OF_ONE, PROPOSE, READ
from registry.models import Release
from registry.releases.compare import compare
from registry.selectors import load_release, release_at
from registry.services import rollbacks

SEE = "registry.view_release"


def one(number: int) -> Release:
    lean = Release.objects.defer("document", "configuration")
    found = lean.filter(number=number).first() if number <= query.MAX_NUMBER else None
    if found is None:
        raise ApiError("not_found", f"There is no release {number}.")
    return found


class Releases(ManagementView):
    operations = {
        "GET": Operation(
            "listReleases",
            "The releases, the newest first; with `at`, the one that was in force then",
            READ,
            SEE,
            ReleasePage,
            query={"at": "A time with its zone: only what was in force then.", **query.PAGING},
        )
    }

    def get(self, request: Request) -> HttpResponse:
        query.only(request, self.operations["GET"].query or ())
        moment = query.moment(request, "at")
        if moment is not None:
            found = release_at(moment)
            return answer({"items": [release_of(found)] if found else [], "next": None})
        lean = Release.objects.defer("document", "configuration")
        return answer(query.page(request, lean, release_of))


class OneRelease(ManagementView):
    operations = {
        "GET": Operation("getRelease", "One of them", READ, SEE, ReleaseAnswer, codes=OF_ONE),
    }

    def get(self, request: Request, number: int) -> HttpResponse:
        query.only(request, ())
        return answer(release_of(one(number)))


class ReleaseDocument(ManagementView):
    operations = {
        "GET": Operation(
            "getReleaseDocument",
            "What its decisions are made by: the very bytes whose SHA-256 is its digest",
            READ,
            SEE,
            dict,
            codes=OF_ONE,
        ),
    }

    def get(self, request: Request, number: int) -> HttpResponse:
        query.only(request, ())
        return HttpResponse(one(number).document.encode(), content_type=JSON)


class ReleaseComparison(ManagementView):
    operations = {
        "GET": Operation(
            "compareReleases",
            "What the second does that the first did not",
            READ,
            SEE,
            Comparison,
            codes=(*OF_ONE, "refused"),
        ),
    }

    def get(self, request: Request, number: int, other: int) -> HttpResponse:
        query.only(request, ())
        before, after = one(number), one(other)
        found = compare(load_release(before.pk).document, load_release(after.pk).document)
        told = [Difference(item.kind, item.noun, item.name, item.details) for item in found]
        return answer(Comparison(number, other, told))


class Return(ManagementView):
    operations = {
        "POST": Operation(
            "proposeReturn",
            "Draft a proposal that returns to this release",
            PROPOSE,
            SEE,
            ProposalAnswer,
            body=bodies.Reasoned,
            codes=(*OF_ONE, *OF_BODIES, "nothing_proposed", "refused"),
            status=201,
        ),
    }

    def post(self, request: Request, number: int) -> HttpResponse:
        reason = self.body(bodies.Reasoned).reason
        release = one(number)
        return answer(proposal_of(rollbacks.propose(actor=self.actor, release=release, reason=reason)), 201)
