"""What comparisons say of near answers, by policy: whether they may be given yet, or any more.

A process asks the database at most once in FRESH_S for each policy, and only where a near answer is there.
Comparisons count for the policy as it is, with the versions that it may call: any change begins anew.
"""

import hashlib
import json
import time
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from itertools import chain
from typing import Any

from django.db.models import Count, Q

from routing.api.errors import ApiError
from routing.api.off_loop import in_thread
from routing.core.caching.evidence import suffices, upper_bound
from routing.core.index import index_of
from routing.core.release import Release
from routing.models import CacheComparison

FRESH_S = 10.0
COMPARED_ONE_IN = (
    20  # of near answers that may be given: answered live all the same, so that evidence goes on
)


@dataclass(frozen=True, slots=True)
class Standing:
    compared: int
    false: int

    @property
    def suffices(self) -> bool:
        return suffices(self.false, self.compared)

    @property
    def bound(self) -> float:
        return upper_bound(self.false, self.compared)


def standing_of(policy: str, basis: str) -> Standing:
    rows = CacheComparison.objects.filter(policy=policy, basis=basis).order_by()
    counted = rows.aggregate(compared=Count("id"), false=Count("id", filter=Q(is_same=False)))
    return Standing(counted["compared"], counted["false"])


@lru_cache(maxsize=64)
def basis_of(release: Release, policy: str) -> str:
    """Names the policy as it is, with the version behind each deployment that it may call."""
    table = index_of(release).rules[policy]
    versions = {
        deployment.name: [deployment.version, deployment.upstream_id]
        for rule in chain(table.otherwise, *table.by_value.values())
        for deployment in rule.deployments
    }
    value = {"policy": asdict(release.policies[policy]), "versions": versions}
    text = json.dumps(value, sort_keys=True, default=_plain, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, set | frozenset) else str(value)


class Evidence:
    """Of one process. What can't be read allows nothing."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, bool]] = {}

    async def allows(self, release: Release, policy: str) -> bool:
        basis = basis_of(release, policy)
        asked_at, allows = self._known.get(basis, (0.0, False))
        if not asked_at or time.monotonic() - asked_at > FRESH_S:
            allows = await _read(policy, basis)
            if len(self._known) > len(release.policies):
                self._known.clear()  # of releases of before
            self._known[basis] = (time.monotonic(), allows)
        return allows


async def _read(policy: str, basis: str) -> bool:
    try:
        return (await in_thread(partial(standing_of, policy, basis))).suffices
    except ApiError:
        return False
