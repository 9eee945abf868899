"""The configuration as one document: what is in force, or a release; and what another one would change."""

from django.http import HttpResponse
from rest_framework.request import Request

from registry.api import body_types as bodies
from registry.api import query
from registry.api.answer_types import DifferenceInWords, told
from registry.api.base import ManagementView, Operation, answer
from registry.api.change_sets import of_configuration
from registry.api.errors import ApiError
from registry.api.proposals import OF_BODIES, OF_ONE, READ
from registry.api.releases import SEE, one
from registry.services import exporting
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
        exported = exporting.export(actor=self.actor, release=one(wanted) if wanted else None, form=form)
        if exported is None:
            raise ApiError("not_found", f"The configuration of release {wanted} was not kept.")
        response = HttpResponse(exported.text, content_type=FORMS[form])
        response["x-signalbox-release"] = str(exported.release)
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
