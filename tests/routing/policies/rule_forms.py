"""The change form of a policy, as a browser sends it."""

from django.urls import reverse

from routing.models import Policy


def posted(policy: Policy, *rules: dict, **changes) -> dict:
    """The change form as a browser sends it: the policy's own rules, then new ones."""
    given = {
        "name": policy.name,
        "enabled": "on",
        "description": "",
        "deadline_s": "60",
        "max_attempts_per_call": "2",
        "unsupported": "refuse",
        "truncation": "refuse",
        "cache": "off",
        "cache_ttl_s": 3600,
        "cache_similarity_milli": 900,
        "rules-TOTAL_FORMS": str(len(rules)),
        "rules-INITIAL_FORMS": str(sum("id" in rule for rule in rules)),
        "rules-MIN_NUM_FORMS": "0",
        "rules-MAX_NUM_FORMS": "1000",
    }
    for at, rule in enumerate(rules):
        whole = {"policy": str(policy.pk), "position": "", "conditions": "", "route": "refuse", **rule}
        given |= {f"rules-{at}-{name}": value for name, value in whole.items()}
    return {**given, **changes}


def change(client, policy, *rules, **changes):
    url = reverse("admin:routing_policy_change", args=[policy.pk])
    return client.post(url, posted(policy, *rules, **changes))


def existing(policy: Policy) -> list[dict]:
    return [
        {"id": str(rule.pk), "position": str(rule.position), "name": rule.name, "route": "model alpha"}
        for rule in policy.rules.all()
    ]
