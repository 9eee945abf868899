"""The registry's admin: thin shells over its services."""

from registry.admin import (
    consumers,
    credentials,
    delegations,
    deployments,
    keys,
    matrix,
    memberships,
    models,
    notices,
    prices,
    proposals,
    providers,
    releases,
    suspensions,
    users,
    webhooks,
)

__all__ = [
    "consumers",
    "credentials",
    "delegations",
    "deployments",
    "keys",
    "matrix",
    "memberships",
    "models",
    "notices",
    "prices",
    "proposals",
    "providers",
    "releases",
    "suspensions",
    "users",
    "webhooks",
]
