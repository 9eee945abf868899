from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "Register"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from audit import scopes
        from audit.models import Attempt, Entry, Feedback, Request

        scopes.register(Request, scopes.by_name("team"))
        scopes.register(Attempt, scopes.by_name("request__team"))
        scopes.register(Feedback, scopes.by_name("request__team"))
        scopes.register(Entry, scopes.organisation)
