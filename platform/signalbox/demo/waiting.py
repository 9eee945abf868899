"""The proposal that the demo opens with: by the author, for the approver, on a week of traffic."""

from registry.models import Proposal, Source, User
from registry.services import proposals
from registry.services.rehearsal import rehearse
from routing.core.notation import render_conditions, render_route
from routing.models import Policy
from routing.services import policies
from routing.services.policies import RuleText

TITLE = "Let the workhorse do analysis"
REASON = (
    "Analysis is the dearest task there is, and the workhorse did as well in our trial. "
    "The frontier model stays as its fallback, and code goes there as before."
)
RULE = "hard-tasks"
NEW_RULES = (
    RuleText(RULE, "task in code", "model demo-frontier\nmodel demo-workhorse"),
    RuleText("analysis", "task in analysis", "model demo-workhorse\nmodel demo-frontier"),
)


def propose(author: User) -> Proposal | None:
    """Once; None where it was made before, or where somebody took the rule away that it changes."""
    policy = Policy.objects.filter(name="standard").first()
    if policy is None or Proposal.objects.filter(title=TITLE).exists():
        return None
    if not policy.rules.filter(name=RULE).exists():
        return None
    changes = rehearse(
        lambda: policies.replace_rules(policy=policy, rules=_rules(policy), actor=author)
    ).changes
    proposal = proposals.draft(
        author=author, title=TITLE, reason=REASON, changes=changes, source=Source.COMMAND
    )
    return proposals.submit(proposal=proposal, actor=author)


def _rules(policy: Policy) -> list[RuleText]:
    rules: list[RuleText] = []
    for rule in policy.rules.all():
        if rule.name == RULE:
            rules.extend(NEW_RULES)
        else:
            rules.append(RuleText(rule.name, render_conditions(rule.conditions), render_route(rule.route)))
    return rules
