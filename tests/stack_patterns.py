"""What the stack has for routes of several models: five members, and a policy for each pattern.

Members differ in family, provider and price, so that one may check another and a cascade can pay. `cheap`,
`twin` and `third` are of one class, `dear` costs twenty times as much, `checker` judges and classifies, and
is not approved for confidential data. The routes whose names begin with `deep` nest all kinds of nodes.
"""

from decimal import Decimal
from typing import Any

MEMBERS = {"cheap": 1, "twin": 1, "third": 2, "dear": 20, "checker": 1}  # USD per million tokens of input
APPROVED = dict.fromkeys(MEMBERS, ("public", "internal", "confidential", "kept"))
APPROVED["checker"] = ("public", "internal", "kept")


def price(name: str) -> dict[str, Any]:
    return {
        "input_usd_per_mtok": Decimal(MEMBERS[name]),
        "output_usd_per_mtok": Decimal(4 * MEMBERS[name]),
    }


VOTE = """ensemble by vote
  compare number
  model cheap
  model twin
  model third"""

ROUTES = {
    "placed": "model spread places 2\nmodel cheap",
    "in-turn": "fallback on error, timeout, rate_limit\n  model frail\n  model cheap\n  model dear",
    "balanced": "balance by cost\n  model dear\n  model cheap",
    "escalating": "cascade\n  gate answered\n  gate number 0 100\n  model cheap\n  model twin\n  model dear",
    "judged": "cascade strict\n  judge 700\n    rubric Is it right?\n    model checker\n"
    "  model cheap\n  model dear",
    "tiers": "tiers\n  gate answered\n  tier economy\n    model cheap\n"
    "  tier workhorse\n    when task in reports\n    model third\n"
    "  tier frontier\n    when task in legal\n    model dear",
    "voting": VOTE,
    "agreeing": f"{VOTE}\n  otherwise\n    model dear",
    "picking": "ensemble by judge\n  model cheap\n  model twin\n  helper\n    model checker",
    "writing-up": "ensemble by synthesis\n  model cheap\n  model twin\n  helper\n    model dear",
    "in-steps": "pipeline\n  step extract\n    prompt List the facts.\n    gate answered\n    model cheap\n"
    "  step write\n    prompt Write it up.\n    model dear",
    "verified": "verify or escalate\n  model cheap\n  verifier 700\n    rubric Is it right?\n"
    "    model checker\n  otherwise\n    model dear",
    "certain": "verify or refuse\n  model cheap\n  verifier 700\n    rubric Is it right?\n    model checker",
    "reviewed": "verify or hold\n  model cheap\n  verifier 700\n    rubric Is it right?\n    model checker",
    "sorted": "classify by model\n  helper\n    prompt Is it about code?\n    model checker\n"
    "  branch code\n    model dear\n  otherwise\n    model cheap",
    "ruled": "classify by rules\n  branch code\n    when task in code\n    model dear\n"
    "  otherwise\n    model cheap",
    "trial": "experiment trial by request\n  arm control\n    model cheap\n  shadow 1000\n    model twin",
    "two-armed": "experiment two-armed by request\n  arm control 0\n    model cheap\n"
    "  arm canary 1\n    model twin",
    "thrifty": "experiment thrifty by request\n  arm control\n    model cheap\n  shadow 1000\n    model twin",
    "hedged": "hedge after 100 ms\n  model cheap\n  model twin",
    "deep-vote": """ensemble by vote
  compare number
  cascade
    gate number 0 100
    model cheap
    model third
  hedge after 30 ms
    model twin
    model cheap
  otherwise
    verify or annotate
      model dear
      verifier 700
        rubric Is it right?
        model checker""",
    "deep-steps": """pipeline
  step gather
    prompt List the facts.
    gate answered
    ensemble by synthesis
      model cheap
      fallback on error, rate_limit, timeout
        model twin
        model third
      helper
        model dear
  step write
    prompt Write it up.
    cascade
      gate answered
      model third
      model dear""",
    "deep-labels": """classify by model
  helper
    prompt Is it about code?
    model checker
  branch code
    tiers
      gate answered
      tier economy
        ensemble by judge
          model cheap
          model twin
          helper
            model checker
      tier frontier
        model dear
  otherwise
    experiment trial by request
      arm control
        pipeline
          step one
            gate answered
            model cheap
          step two
            model third
      shadow 1000
        model twin""",
    "nested": """cascade
  gate number 0 100
  ensemble by vote
    compare number
    fallback on error
      model cheap
      model third
    model twin
  verify or annotate
    model dear
    verifier 700
      rubric Is it right?
      model checker""",
}
OTHERS = """classify by rules
  branch vectors
    when operation in embeddings
    experiment vectors
      arm control
        model embed
  branch voices
    when operation in speech
    experiment voices
      arm control
        model mouth
  otherwise
    experiment verdicts
      arm control
        model judge"""
OPTIONS = {"max_attempts_per_call": 1}
