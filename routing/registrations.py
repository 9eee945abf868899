"""What routing tells the apps below it when Django starts: imported once, after every model is there."""

from audit import scopes
from audit.writer import register_table
from registry import governed
from registry.dialects import register_presets, register_quirks, register_unspoken
from registry.models import Area
from registry.releases import register_section
from routing import (
    adapters,
    budget_findings,
    dependants,
    inbox_items,
    operation_findings,
    prompt_documents,
    releases,
    review_inbox,
    rule_documents,
    wording,
)
from routing import checks as checks  # registers itself with Django
from routing import releases_detection as detected
from routing import releases_measured as measured
from routing import releases_tasks as tasks
from routing import releases_trained as trained
from routing.adapters.presets import PRESETS
from routing.admin import (
    health,
    impact_panel,
    policies_panel,
    review_panel,
    route_pictures,
    route_taken,
)
from routing.caching.rows import TABLES
from routing.held import HELD_COLUMNS, TABLE
from routing.lane.library import unusable_dialects
from routing.lane.signing import unusable_quirks
from routing.models import (
    Batch,
    CacheComparison,
    CacheHit,
    DetectionRule,
    HeldAnswer,
    MeasuredQuality,
    OutputField,
    Policy,
    PromptMessage,
    PromptTemplate,
    PromptVariable,
    Rule,
    StoredFile,
    Task,
    TrainedRouter,
)
from routing.suspendable import register_routes

_OF_THE_PLATFORM = (
    Policy,
    Rule,
    Task,
    OutputField,
    PromptTemplate,
    PromptVariable,
    PromptMessage,
    TrainedRouter,
    MeasuredQuality,
)


def register() -> None:
    _sections_of_a_release()
    _governed_models()
    register_routes()
    _written_tables()
    _whose_rows_are_whose()
    _dialects()
    _documents_and_words()
    _console()


def _sections_of_a_release() -> None:
    register_section(releases.SECTION, releases.compile_policies, releases.validate_policies)
    register_section(budget_findings.SECTION, budget_findings.nothing, budget_findings.validate_budgets)
    register_section(
        operation_findings.SECTION, operation_findings.nothing, operation_findings.validate_operations
    )
    register_section(detected.SECTION, detected.compile_detection, detected.validate_detection)
    register_section(tasks.SECTION, tasks.compile_tasks, tasks.validate_tasks)
    register_section(measured.SECTION, measured.compile_measured, measured.validate_measured)
    register_section(trained.SECTION, trained.compile_routers, trained.validate_routers)


def _governed_models() -> None:
    governed.register(DetectionRule, area=Area.PRIVACY)
    for model in _OF_THE_PLATFORM:
        governed.register(model, area=Area.PLATFORM)


def _written_tables() -> None:
    for name, (columns, table) in TABLES.items():
        register_table(name, columns, db_table=table)
    register_table(TABLE, HELD_COLUMNS, db_table=HeldAnswer._meta.db_table)


def _whose_rows_are_whose() -> None:
    for recorded in (CacheHit, CacheComparison, HeldAnswer):
        scopes.register(recorded, scopes.by_name("team"))
    for of_team in (Batch, StoredFile):
        scopes.register(of_team, scopes.by_team("team"))


def _dialects() -> None:
    for dialect in adapters.names():
        register_quirks(dialect, adapters.quirks(dialect), unusable_quirks())
    register_unspoken(unusable_dialects())
    register_presets(PRESETS)


def _documents_and_words() -> None:
    rule_documents.register()
    prompt_documents.register()
    wording.register()


def _console() -> None:
    policies_panel.register()
    route_pictures.register()
    route_taken.register()
    review_panel.register()
    health.register()
    impact_panel.register()
    dependants.register()
    review_inbox.install()
    inbox_items.install()
