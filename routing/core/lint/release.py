"""Everything that is wrong with the policies of one release, and with the matrix and prices they meet."""

from collections.abc import Iterator

from routing.core.conditions import MAX_CONDITIONS_PER_RULE, problem_of
from routing.core.lint.latency import latency_problems
from routing.core.lint.matrix import class_problems, matrix_problems
from routing.core.lint.prices import price_problems
from routing.core.lint.problem import Problem
from routing.core.lint.reach import reach_problems
from routing.core.lint.routes import route_problems
from routing.core.lint.serving import serving_problems
from routing.core.release import Policy, Release, Route, Rule
from routing.core.suiting import unsuited

RESERVED_NAME = "auto"
UNSUPPORTED = ("refuse", "warn")
MAX_DEADLINE_S = 600
MAX_ATTEMPTS_PER_CALL = 5
MAX_RULES = 1_000


def problems_of(release: Release, now_us: int) -> Iterator[Problem]:
    yield from _default_problems(release)
    sound = True
    for policy in release.policies.values():
        for problem in policy_problems(policy, release):
            sound = sound and not problem.fatal
            yield problem
    if sound:
        yield from class_problems(release, now_us)
    yield from matrix_problems(release, now_us)
    yield from price_problems(release, now_us)


def policy_problems(policy: Policy, release: Release) -> Iterator[Problem]:
    subject = f"policy {policy.name}"
    yield from _name_problems(policy, release, subject)
    yield from _bound_problems(policy, subject)
    readable = True
    for rule in policy.rules:
        for problem in _rule_problems(rule, policy, release, f"{subject}, rule {rule.name}"):
            readable = readable and problem.code != "condition_wrong"
            yield problem
    if readable:
        yield from reach_problems(policy, release.data_classes)


def _default_problems(release: Release) -> Iterator[Problem]:
    if not release.default_policy:
        yield Problem("no_default_policy", "policies", "No policy is the default, so “auto” has no meaning.")
    elif release.default_policy not in release.policies:
        message = f"The default policy “{release.default_policy}” does not exist or is off."
        yield Problem("no_default_policy", "policies", message)


def _name_problems(policy: Policy, release: Release, subject: str) -> Iterator[Problem]:
    if policy.name == RESERVED_NAME:
        yield Problem("name_reserved", subject, "“auto” means the default policy; give it another name.")
    if any(deployment.model == policy.name for deployment in release.deployments.values()):
        message = "A model has the same name; whoever asks for it gets the policy."
        yield Problem("name_shared", subject, message, fatal=False)


def _bound_problems(policy: Policy, subject: str) -> Iterator[Problem]:
    if not policy.rules:
        yield Problem("no_rules", subject, "It has no rule, so it refuses everything.", fatal=False)
    if len(policy.rules) > MAX_RULES:
        yield Problem("too_many_rules", subject, f"A policy has at most {MAX_RULES} rules.")
    if not 1 <= policy.deadline_s <= MAX_DEADLINE_S:
        yield Problem("deadline_wrong", subject, f"The deadline is 1 to {MAX_DEADLINE_S} seconds.")
    budget_ms = policy.latency_budget_ms
    if budget_ms is not None and not 1 <= budget_ms <= policy.deadline_s * 1000:
        message = f"The latency budget is 1 to {policy.deadline_s * 1000} milliseconds, the deadline."
        yield Problem("latency_budget_wrong", subject, message)
    if not 1 <= policy.max_attempts_per_call <= MAX_ATTEMPTS_PER_CALL:
        yield Problem("attempts_wrong", subject, f"A call is tried 1 to {MAX_ATTEMPTS_PER_CALL} times.")
    if policy.unsupported not in UNSUPPORTED:
        yield Problem("unsupported_wrong", subject, "What a model can't take is refused or warned about.")


def _rule_problems(rule: Rule, policy: Policy, release: Release, subject: str) -> Iterator[Problem]:
    if len(rule.conditions) > MAX_CONDITIONS_PER_RULE:
        message = f"A rule has at most {MAX_CONDITIONS_PER_RULE} conditions."
        yield Problem("too_many_conditions", subject, message)
    for condition in rule.conditions:
        problem = problem_of(condition, release.data_classes)
        if problem:
            yield Problem("condition_wrong", subject, f"{problem[:1].upper()}{problem[1:]}.")
    if rule.route is not None:
        yield from route_problems(rule.route, release, subject)
        yield from serving_problems(rule.route, release, subject)
        yield from latency_problems(policy, release, rule.route, subject)
        yield from _operation_problems(rule, rule.route, subject)


def _operation_problems(rule: Rule, route: Route, subject: str) -> Iterator[Problem]:
    for kind, operation in unsuited(route, rule.conditions):
        message = f"“{kind}” means nothing for {operation}, so such requests are refused."
        yield Problem("operation_unsuited", subject, message)
