"""What a role allows, in lines that a person can read: by what may be done, of which rows, and what else."""

from collections import defaultdict

from django.contrib.auth.models import Group

ACTIONS = {"view": "see", "add": "add", "change": "change", "delete": "delete"}


def rights_in_words(group: Group) -> list[str]:
    """“see, add: budget, team”, the widest first; then whatever else it allows."""
    may: dict[str, set[str]] = defaultdict(set)
    others: list[str] = []
    for permission in group.permissions.select_related("content_type"):
        action, _, model = permission.codename.partition("_")
        if action not in ACTIONS or model != permission.content_type.model:
            others.append(permission.name.removeprefix("Can "))
        elif not model.startswith("historical"):  # seen with its row
            may[permission.content_type.name].add(action)
    by_actions: dict[str, list[str]] = defaultdict(list)
    for noun, actions in sorted(may.items()):
        by_actions[", ".join(word for key, word in ACTIONS.items() if key in actions)].append(noun)
    ordered = sorted(by_actions.items(), key=lambda each: -len(each[0]))
    return [*(f"{actions}: {', '.join(nouns)}" for actions, nouns in ordered), *sorted(others)] or ["nothing"]
