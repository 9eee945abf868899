from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "registry"
    verbose_name = "Registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate, pre_migrate

        from registry import (
            governing,
            hooks,
            inbox_items,
            inbox_proposals,
            kind_words,
            rights,
            scopes,
            suspendable,
        )
        from registry.admin import document_matrix
        from registry.lifecycle import dependants
        from registry.lifecycle import inbox_items as lifecycle_items
        from registry.releases import register_section
        from registry.releases.section import compile_registry
        from registry.releases.validation import validate_registry

        suspendable.register_own()
        register_section("registry", compile_registry, validate_registry)
        governing.register_kinds()
        kind_words.register()
        document_matrix.register()
        pre_migrate.connect(hooks.lift_triggers, sender=self)
        post_migrate.connect(hooks.install_triggers, sender=self)
        scopes.install()
        inbox_items.install()
        inbox_proposals.install()
        lifecycle_items.install()
        dependants.register("deployments", dependants.deployments_of)
        rights.install()
