"""The configuration as one document: what is in force, or a release; and what another one would change."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from rest_framework.request import Request

from audit.services import entries
from registry import documents
from registry.api import body_types as bodies
from registry.api import query
from registry.api.answer_types import DifferenceInWords, told
from registry.api.base import ManagementView, Operation, answer
from registry.api.change_sets import of_configuration
from registry.api.errors import ApiError
from registry.api.proposals import OF_BODIES, OF_ONE, READ
from registry.api.releases import SEE, one
from registry.models import Pointer
from registry.services.snapshot import on_one_state
from registry.wording import in_words

FORMS = {"yaml": "application/yaml", "json": "application/json"}


class Configuration(ManagementView):
    operations = {
        "GET": Operation(
            "exportConfiguration",
            "The configuration that is in force, or that a release was made of; the export is on record",
            READ,
            SEE,
            dict,
            query={
                "release": "A release's number; what is in force where it is not given.",
                "format": "`json` or `yaml`; JSON where it is not given.",
            },
            codes=(*OF_ONE, "busy"),
        )
    }

    def get(self, request: Request) -> HttpResponse:
        query.only(request, self.operations["GET"].query or ())
        form = query.choice(request, "format", FORMS) or "json"
        wanted = query.whole(request, "release")
        number, document = on_one_state(lambda: _of_release(wanted) if wanted else _in_force())
        with transaction.atomic():
            entries.record(
                "configuration.exported",
                {"actor": entries.actor_of(self.actor), "release": number, "format": form},
            )
        response = HttpResponse(documents.dump(document, form), content_type=FORMS[form])
        response["x-signalbox-release"] = str(number)
        return response


class ConfigurationDifference(ManagementView):
    operations = {
        "POST": Operation(
            "compareConfiguration",
            "What a configuration would change of what is in force, in words; nothing is kept",
            READ,
            SEE,
            DifferenceInWords,
            body=bodies.Compared,
            codes=(*OF_BODIES, "document_invalid", "busy"),
        )
    }

    def post(self, request: Request) -> HttpResponse:
        changes = of_configuration(self.body(bodies.Compared).config)
        return answer(DifferenceInWords(told(in_words(changes))))


def _in_force() -> tuple[int, dict[str, Any]]:
    live = Pointer.objects.filter(pk=1).values_list("release__number", flat=True).first()
    return live or 0, documents.export()


def _of_release(number: int) -> tuple[int, dict[str, Any]]:
    state = documents.configuration_of(one(number))
    if state is None:
        raise ApiError("not_found", f"The configuration of release {number} was not kept.")
    return number, documents.export(state)
