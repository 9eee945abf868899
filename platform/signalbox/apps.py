from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class SignalboxConfig(AppConfig):
    name = "signalbox"
    verbose_name = "Signalbox"

    def ready(self) -> None:
        from signalbox import checks  # noqa: F401  registers them


class SignalboxAdminConfig(AdminConfig):
    default_site = "signalbox.console.Console"
