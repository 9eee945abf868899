from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = "Billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from audit import scopes
        from audit.writer import register_table, set_claim_guard
        from billing import inbox, triggers
        from billing.core import loosening as core
        from billing.models import Budget, BudgetAlert, LedgerEntry
        from billing.rows import LEDGER_COLUMNS, TABLE
        from billing.services import budgets
        from billing.services.guard import claim_guard
        from registry import governed
        from registry.models import Area
        from registry.services import loosening
        from registry.triggers import add_rules

        register_table(TABLE, LEDGER_COLUMNS, db_table=LedgerEntry._meta.db_table)
        set_claim_guard(claim_guard)
        scopes.register(Budget, scopes.by_team("team", "application__team"))
        scopes.register(BudgetAlert, scopes.by_team("budget__team", "budget__application__team"))
        scopes.register(LedgerEntry, scopes.by_name("team"))
        inbox.install()
        governed.register(
            Budget, area=Area.FINANCE, live_fields=core.FIELDS, restored=False, applied=budgets.applied
        )
        loosening.register(Budget, core.of_budget)
        add_rules(triggers.rules)
