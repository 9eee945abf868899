"""POST /v1/completions."""

from routing.api.completions import CompletionView
from routing.surfaces.completions import COMPLETIONS


class LegacyCompletions(CompletionView):
    surface = COMPLETIONS
