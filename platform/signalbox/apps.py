from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class SignalboxConfig(AppConfig):
    name = "signalbox"
    verbose_name = "Signalbox"


class SignalboxAdminConfig(AdminConfig):
    default_site = "signalbox.console.Console"
