from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "registry"
    verbose_name = "Registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from registry.releases import register_section
        from registry.releases.section import compile_registry
        from registry.releases.validation import validate_registry

        register_section("registry", compile_registry, validate_registry)
