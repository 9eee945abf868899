from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = "Billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from audit import scopes
        from audit.writer import register_table, set_claim_guard
        from billing import inbox
        from billing.models import Budget, BudgetAlert, LedgerEntry
        from billing.rows import LEDGER_COLUMNS, TABLE
        from billing.services.guard import claim_guard

        register_table(TABLE, LEDGER_COLUMNS, db_table=LedgerEntry._meta.db_table)
        set_claim_guard(claim_guard)
        scopes.register(Budget, scopes.by_team("team", "application__team"))
        scopes.register(BudgetAlert, scopes.by_team("budget__team", "budget__application__team"))
        scopes.register(LedgerEntry, scopes.by_name("team"))
        inbox.install()
