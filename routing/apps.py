from django.apps import AppConfig


class RoutingConfig(AppConfig):
    name = "routing"
    verbose_name = "Routing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from audit import scopes
        from audit.writer import register_table
        from registry import governed
        from registry.dialects import register_presets, register_quirks, register_unspoken
        from registry.models import Area
        from registry.releases import register_section
        from routing import (
            adapters,
            budget_findings,
            checks,  # noqa: F401  (registers them)
            dependants,
            inbox_items,
            operation_findings,
            prompt_documents,
            review_inbox,
            rule_documents,
            wording,
        )
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
        from routing.releases import SECTION, compile_policies, validate_policies
        from routing.suspendable import register_routes

        register_section(SECTION, compile_policies, validate_policies)
        register_section(budget_findings.SECTION, budget_findings.nothing, budget_findings.validate_budgets)
        register_section(
            operation_findings.SECTION, operation_findings.nothing, operation_findings.validate_operations
        )
        register_section(detected.SECTION, detected.compile_detection, detected.validate_detection)
        register_section(tasks.SECTION, tasks.compile_tasks, tasks.validate_tasks)
        register_section(measured.SECTION, measured.compile_measured, measured.validate_measured)
        register_section(trained.SECTION, trained.compile_routers, trained.validate_routers)
        governed.register(DetectionRule, area=Area.PRIVACY)
        governed.register(Policy, area=Area.PLATFORM)
        governed.register(Rule, area=Area.PLATFORM)
        for model in (
            Task,
            OutputField,
            PromptTemplate,
            PromptVariable,
            PromptMessage,
            TrainedRouter,
            MeasuredQuality,
        ):
            governed.register(model, area=Area.PLATFORM)
        for name, (columns, table) in TABLES.items():
            register_table(name, columns, db_table=table)
        for recorded in (CacheHit, CacheComparison):
            scopes.register(recorded, scopes.by_name("team"))
        register_table(TABLE, HELD_COLUMNS, db_table=HeldAnswer._meta.db_table)
        scopes.register(HeldAnswer, scopes.by_name("team"))
        for of_team in (Batch, StoredFile):
            scopes.register(of_team, scopes.by_team("team"))
        review_inbox.install()
        wording.register()
        rule_documents.register()
        prompt_documents.register()
        register_routes()
        policies_panel.register()
        route_pictures.register()
        route_taken.register()
        review_panel.register()
        health.register()
        impact_panel.register()
        dependants.register()
        inbox_items.install()
        for dialect in adapters.names():
            register_quirks(dialect, adapters.quirks(dialect), unusable_quirks())
        register_unspoken(unusable_dialects())
        register_presets(PRESETS)
