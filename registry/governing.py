"""The registry's governed kinds, those that are referred to first, and who owns each."""

from registry.core.changes import Record
from registry.governed import register
from registry.models import (
    Area,
    Certification,
    DataClass,
    Deployment,
    MatrixCell,
    Model,
    ModelVersion,
    Price,
    Provider,
    ReviewRule,
    Suspension,
)
from registry.services import lifting


def register_kinds() -> None:
    register(ReviewRule, area=_own_area, restored=False)
    register(Provider, area=Area.PLATFORM)
    register(Model, area=Area.PLATFORM)
    register(ModelVersion, area=Area.PLATFORM)
    register(Deployment, area=Area.PLATFORM)
    register(Price, area=Area.FINANCE, restored=False)
    register(DataClass, area=Area.PRIVACY)
    register(Certification, area=Area.PRIVACY)
    register(MatrixCell, area=Area.PRIVACY)
    register(
        Suspension, area=Area.PLATFORM, live_fields=("in_force", "kind", "target"), applied=lifting.applied
    )


def _own_area(record: Record) -> Area:
    return Area(record["area"])
