"""The registry's tables. Governed rows steer decisions through releases; consumers are live."""

from registry.models.consumers import ApiKey, Application, Scope, Team, default_scopes
from registry.models.credential import Credential, CredentialKind
from registry.models.deployment import Deployment, Dialect
from registry.models.matrix import DataClass, DataKind, Decision, MatrixCell
from registry.models.model import Capability, Lifecycle, Model, ModelVersion, Tier
from registry.models.price import Price
from registry.models.provider import Provider
from registry.models.release import Pointer, Release
from registry.models.user import User

__all__ = [
    "ApiKey",
    "Application",
    "Capability",
    "Credential",
    "CredentialKind",
    "DataClass",
    "DataKind",
    "Decision",
    "Deployment",
    "Dialect",
    "Lifecycle",
    "MatrixCell",
    "Model",
    "ModelVersion",
    "Pointer",
    "Price",
    "Provider",
    "Release",
    "Scope",
    "Team",
    "Tier",
    "User",
    "default_scopes",
]
