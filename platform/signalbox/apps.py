from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig


class SignalboxConfig(AppConfig):
    name = "signalbox"
    verbose_name = "Signalbox"

    def ready(self) -> None:
        from signalbox import (
            celery,  # noqa: F401  or tasks would be queued at Celery's default broker, not at ours
            checks,  # noqa: F401  registers them
            signins,
        )
        from signalbox.sso import checks as sso_checks  # noqa: F401  registers them

        signins.install()
        if settings.SSO.enabled:
            from signalbox.sso import events

            events.install()


class SignalboxAdminConfig(AdminConfig):
    default_site = "signalbox.console.Console"
