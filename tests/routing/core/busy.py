"""A large release: 200 deployments of 50 models, 300 rules, and a class that requires certifications, as the
benchmark decides by it.
"""

from routing.core.facts import Facts, Health, Live
from routing.core.release import (
    Balance,
    Cell,
    CellDecision,
    Certification,
    Condition,
    DataClass,
    Fallback,
    Model,
    Policy,
    Provider,
    Release,
    Rule,
)
from tests.routing.core.builders import APPROVED, CLASSES, NOW_US, deployment, facts, release

DEPLOYMENTS = 200
MODELS = 50
RULES = 300
PROVIDERS = tuple(f"provider-{at}" for at in range(7))
REQUIRED = ("certification:dpa", "certification:scc/dpf", "country:de/ie/us", "no_training", "zero_retention")
HELD = ("dpa", "scc", "soc2")
CONDITIONAL = Cell(CellDecision.CONDITIONAL, ("team:team-a", "max_input_tokens:100000"))


def busy_release() -> Release:
    made = []
    for at in range(DEPLOYMENTS):
        cells = {"public": APPROVED, "internal": CONDITIONAL if at % 3 else APPROVED}
        made.append(
            deployment(
                f"d{at:03d}",
                f"model-{at % MODELS:02d}",
                provider=PROVIDERS[at % len(PROVIDERS)],
                region=("eu", "us")[at % 2],
                country=("IE", "US")[at % 2],
                cells=cells,
                capabilities=frozenset({"tools", "vision"} if at % 2 else {"tools"}),
                context_window_tokens=128_000,
                max_output_tokens=8_000,
            )
        )
    rules = (*(_rule(at) for at in range(RULES - 1)), Rule("otherwise", (), _route(0)))
    return release(
        *made,
        policies={"std": Policy("std", rules)},
        data_classes={**CLASSES, "internal": DataClass("internal", 10, False, ("personal",), REQUIRED)},
        providers={name: Provider(name, ("US",), True, True) for name in PROVIDERS},
        certifications=tuple(_held(name, kind, at) for name in PROVIDERS for kind in HELD for at in (0, 1)),
    )


def _held(provider: str, kind: str, at: int) -> Certification:
    """One that is over, and the one that renewed it; a few providers have none in force."""
    ended = NOW_US - 1 if at == 0 or provider == PROVIDERS[6] else None
    return Certification(f"{provider}-{kind}-{at}", kind, provider, "", at, ended)


def busy_facts(at: int) -> Facts:
    """Every fifth request meets the last rule, so all of them are asked."""
    return facts(
        request_id=f"01900000-0000-7000-8000-{at:012d}",
        data_class="internal",
        task=f"task-{(at * 7) % 40}" if at % 5 else "",
        tags=(f"tag-{at % 9}",),
        keywords=("invoice",) if at % 4 else (),
        needs=("tools",),
        residency=("ie", "us") if at % 2 else (),
        input_tokens=at * 37 % 9_000,
        input_tokens_bound=at * 37 % 9_000 * 4 + 100,
    )


def busy_live() -> Live:
    health = {
        f"d{at:03d}": Health("open" if at % 17 == 0 else "closed", at % 5, at + 50)
        for at in range(DEPLOYMENTS)
    }
    return Live(NOW_US, health)


def _rule(at: int) -> Rule:
    conditions = (
        Condition("task", "in", (f"task-{at % 40}", f"task-{(at + 1) % 40}")),
        Condition("tag", "in", (f"tag-{at % 9}",)),
        Condition("data_class", "at_least", ("internal",)),
        Condition("input_tokens", "at_most", (1_000 * (at % 10 + 1),)),
    )
    return Rule(f"rule-{at:03d}", conditions[: 2 + at % 3], _route(at))


def _route(at: int) -> Fallback:
    def named(step: int) -> Model:
        return Model(f"model-{(at + step) % MODELS:02d}")

    return Fallback((named(0), Balance(((named(1), 3), (named(2), 1))), named(3)))
