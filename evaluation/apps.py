from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "evaluation"
    verbose_name = "Evaluation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from audit import scopes
        from evaluation.models import EvaluationItem, EvaluationSet, ModelRun
        from evaluation.replaying import register_source

        scopes.register(EvaluationSet, scopes.organisation)
        scopes.register(EvaluationItem, scopes.organisation)
        scopes.register(ModelRun, scopes.organisation)
        register_source()
