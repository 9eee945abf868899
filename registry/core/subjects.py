"""What can be suspended, and the one text by which each is known everywhere: "kind:target".

kind         target
provider     its name
model        its name
version      model@version
deployment   its name
key          its prefix, without "sb-"
team         its name
application  its name
route        a policy, or policy#rule
arm          experiment#arm; the first arm takes over from it
shadow       an experiment: what it calls beside the answer (never suspended: its money is spent)

No name holds "@" or "#", and no kind a colon, so no two things share a text.
"""

from enum import StrEnum


class SubjectKind(StrEnum):
    PROVIDER = "provider"
    MODEL = "model"
    VERSION = "version"
    DEPLOYMENT = "deployment"
    KEY = "key"
    TEAM = "team"
    APPLICATION = "application"
    ROUTE = "route"
    ARM = "arm"


def subject(kind: str, target: str) -> str:
    return f"{kind}:{target}"


def version_target(model: str, version: str) -> str:
    return f"{model}@{version}"


def rule_target(policy: str, rule: str) -> str:
    return f"{policy}#{rule}"


SHADOW = "shadow"


def arm_target(experiment: str, arm: str) -> str:
    return f"{experiment}#{arm}"


def of_deployment(name: str, model: str, version: str, provider: str) -> tuple[str, ...]:
    """What a call to the deployment is a call to; the narrowest first, as the reason that is given."""
    return (
        subject(SubjectKind.DEPLOYMENT, name),
        subject(SubjectKind.VERSION, version_target(model, version)),
        subject(SubjectKind.MODEL, model),
        subject(SubjectKind.PROVIDER, provider),
    )


def of_caller(key_prefix: str, application: str, team: str) -> tuple[str, ...]:
    """Who calls, the narrowest first."""
    return (
        subject(SubjectKind.KEY, key_prefix),
        subject(SubjectKind.APPLICATION, application),
        subject(SubjectKind.TEAM, team),
    )


def of_route(policy: str, rule: str) -> tuple[str, ...]:
    """What routes, the narrowest first."""
    return (
        subject(SubjectKind.ROUTE, rule_target(policy, rule)),
        subject(SubjectKind.ROUTE, policy),
    )


def in_words(text: str) -> str:
    """For people: "the deployment gpt-eu" of "deployment:gpt-eu"."""
    kind, _, target = text.partition(":")
    if kind == SubjectKind.ROUTE:
        policy, _, rule = target.partition("#")
        return f"the rule {rule} of the policy {policy}" if rule else f"the policy {policy}"
    if kind == SubjectKind.ARM:
        experiment, _, arm = target.partition("#")
        return f"the arm {arm} of the experiment {experiment}"
    if kind == SHADOW:
        return f"the shadows of the experiment {target}"
    if kind == SubjectKind.KEY:
        return f"the key sb-{target}"
    if kind == SubjectKind.VERSION:
        return f"the version {target.replace('@', ' ')}"
    return f"the {kind} {target}"
