"""The registry's admin: thin shells over its services."""

from registry.admin import (
    consumers,
    credentials,
    deployments,
    keys,
    matrix,
    models,
    prices,
    proposals,
    providers,
    releases,
    users,
)

__all__ = [
    "consumers",
    "credentials",
    "deployments",
    "keys",
    "matrix",
    "models",
    "prices",
    "proposals",
    "providers",
    "releases",
    "users",
]
