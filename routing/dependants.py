"""The rules whose routes need a version: what its end would leave without a model."""

from collections.abc import Iterator

from django.urls import reverse

from registry.lifecycle import dependants
from registry.lifecycle.dependants import Dependant
from registry.models import Deployment, ModelVersion
from routing.core.document import route_from
from routing.core.lint.routes import models_of
from routing.core.release import Model
from routing.models import Rule


def register() -> None:
    dependants.register("routes", rules_of)


def rules_of(version: ModelVersion, only: Deployment | None = None) -> Iterator[Dependant]:
    """Rules of enabled policies whose routes may go to the version, or to that deployment of it."""
    own = list(dependants.enabled(version, only).select_related("version"))
    ids = [deployment.pk for deployment in own]
    of_model = Deployment.objects.filter(enabled=True, version__model=version.model_id)
    others = list(of_model.exclude(pk__in=ids).select_related("version"))
    rules = Rule.objects.filter(policy__enabled=True).select_related("policy")
    for rule in rules.order_by("policy__name", "position", "id"):
        named = [model for model in _models(rule) if _names(model, version, own)]
        if named:
            alone = any(not any(_goes_to(model, other) for other in others) for model in named)
            detail = "names it alone" if alone else "has others of the model"
            page = reverse("admin:routing_policy_change", args=[rule.policy_id])
            yield Dependant("rule", f"{rule.name} of {rule.policy}", detail, page)


def _models(rule: Rule) -> Iterator[Model]:
    if rule.route is not None:
        yield from models_of(route_from(rule.route))


def _names(model: Model, version: ModelVersion, own: list[Deployment]) -> bool:
    if model.model != version.model.name or model.version not in (None, version.name):
        return False
    return any(_goes_to(model, deployment) for deployment in own) or (
        not own and model.version == version.name
    )


def _goes_to(model: Model, deployment: Deployment) -> bool:
    """Whether that node may choose it, of its model's deployments."""
    return (
        model.version in (None, deployment.version.name)
        and model.deployment in (None, deployment.name)
        and model.region in (None, deployment.region)
    )
