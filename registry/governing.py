"""The registry's governed kinds, those that are referred to first, and who owns each."""

from registry import emergency_triggers, live_triggers
from registry.core import loosening as core
from registry.core.changes import Record
from registry.core.tariff import bands_checked, pictures_checked
from registry.documents import shape
from registry.governed import register
from registry.models import (
    ApiKey,
    Application,
    Area,
    Certification,
    ChecklistItem,
    ChecklistRule,
    DataClass,
    Deployment,
    MatrixCell,
    Model,
    ModelVersion,
    Price,
    Provider,
    ReviewRule,
    RollbackPlan,
    Suspension,
    Team,
)
from registry.services import consumers, lifting
from registry.triggers import add_rules

OF_PRIVACY = {"clearance": Area.PRIVACY, "default_data_class": Area.PRIVACY}  # of a key


def register_kinds() -> None:
    register(ReviewRule, area=_own_area, restored=False)
    register(Provider, area=Area.PLATFORM)
    register(Model, area=Area.PLATFORM)
    register(ModelVersion, area=Area.PLATFORM)
    register(ChecklistRule, area=Area.PLATFORM, restored=False)
    register(ChecklistItem, area=Area.PLATFORM)
    register(RollbackPlan, area=Area.PLATFORM)
    register(Deployment, area=Area.PLATFORM)
    register(Price, area=Area.FINANCE, restored=False)
    register(DataClass, area=Area.PRIVACY)
    register(Certification, area=Area.PRIVACY)
    register(MatrixCell, area=Area.PRIVACY)
    register(Team, area=Area.PLATFORM, live_fields=core.OWNER)
    register(Application, area=Area.PLATFORM, live_fields=core.APPLICATION)
    register(ApiKey, area=Area.PLATFORM, live_fields=core.KEY, field_areas=OF_PRIVACY)
    register(
        Suspension, area=Area.PLATFORM, live_fields=("in_force", "kind", "target"), applied=lifting.applied
    )
    shape(
        Price, key=("deployment", "valid_from"), reads={"bands": bands_checked, "pictures": pictures_checked}
    )
    consumers.register()
    add_rules(live_triggers.rules)
    add_rules(emergency_triggers.rules)


def _own_area(record: Record) -> Area:
    return Area(record["area"])
