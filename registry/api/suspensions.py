"""Suspensions: placed by one person at once, lifted by a proposal that others decide on."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from registry.api import body_types as bodies
from registry.api import query
from registry.api.answer_types import (
    ProposalAnswer,
    SuspensionAnswer,
    SuspensionPage,
    proposal_of,
    suspension_of,
)
from registry.api.base import ManagementView, Operation, answer
from registry.api.errors import ApiError
from registry.api.proposals import OF_BODIES, OF_ONE, OF_RELEASES, PROPOSE, READ
from registry.models import Source, Suspension
from registry.services import lifting, suspensions

SEE = "registry.view_suspension"
SUSPEND = ("suspend",)
TRUTHS = {"true": True, "false": False}


class Suspensions(ManagementView):
    operations = {
        "GET": Operation(
            "listSuspensions",
            "The suspensions, the newest first",
            READ,
            SEE,
            SuspensionPage,
            query={"in_force": "`true` or `false`: only those that are, or were.", **query.PAGING},
        ),
        "POST": Operation(
            "suspend",
            "Stop something at once, in every process",
            SUSPEND,
            suspensions.PERMISSION,
            SuspensionAnswer,
            body=bodies.Suspending,
            codes=(*OF_BODIES, "reason_missing", "nothing_to_suspend", "already_suspended"),
            status=201,
        ),
    }

    def get(self, request: Request) -> HttpResponse:
        query.only(request, self.operations["GET"].query or ())
        wanted = query.choice(request, "in_force", TRUTHS)
        rows = Suspension.objects.filter(in_force=TRUTHS[wanted]) if wanted else Suspension.objects.all()
        return answer(query.page(request, rows, suspension_of, key="id", read=query.identity))

    def post(self, request: Request) -> HttpResponse:
        asked = self.body(bodies.Suspending)
        placed = suspensions.suspend(
            actor=self.actor,
            kind=asked.kind,
            target=asked.target,
            reason=asked.reason,
            cancel_in_flight=asked.cancel_in_flight,
        )
        return answer(suspension_of(placed), 201)


class Lifting(ManagementView):
    operations = {
        "POST": Operation(
            "proposeLifting",
            "Submit a proposal to lift it; it holds until that is approved and applied",
            PROPOSE,
            SEE,
            ProposalAnswer,
            body=bodies.Reasoned,
            codes=(*OF_ONE, *OF_BODIES, *OF_RELEASES, "reason_missing", "already_lifted"),
            status=201,
        )
    }

    def post(self, request: Request, suspension_id: UUID) -> HttpResponse:
        reason = self.body(bodies.Reasoned).reason
        found = Suspension.objects.filter(pk=suspension_id).first()
        if found is None:
            raise ApiError("not_found", "There is no such suspension.")
        asked = lifting.ask(actor=self.actor, suspension=found, reason=reason, source=Source.API)
        return answer(proposal_of(asked), 201)
