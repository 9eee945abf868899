"""POST /v1/responses."""

from routing.api.completions import CompletionView
from routing.surfaces.responses import RESPONSES


class Responses(CompletionView):
    surface = RESPONSES
