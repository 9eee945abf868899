"""Gates, as the editor asks for them: of the catalogue, so that a new gate needs nothing here."""

from routing.core.editing.fields import Field, Form, Kind
from routing.core.gates.catalogue import KINDS, GateKind

_KINDS = {"number": Kind.DECIMAL, "word": Kind.TEXT, "text": Kind.TEXT, "json": Kind.JSON}


def _form(name: str, kind: GateKind) -> Form:
    return Form(
        label=name,
        help=f"Passes where {kind.words}.",
        fields=tuple(
            Field(setting, setting, _KINDS[what], required=place < kind.required)
            for place, (setting, what) in enumerate(kind.settings)
        ),
    )


GATES: dict[str, Form] = {name: _form(name, kind) for name, kind in KINDS.items()}
