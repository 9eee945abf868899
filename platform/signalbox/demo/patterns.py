"""The demo's policies of several models, one for each of the usual ways: name, description, route."""

# What the tiers of a policy should answer, in percent: what they do is on the dashboard beside it.
BANDS = {"support": [["small", 50, 70], ["standard", 20, 40], ["frontier", 5, 15]]}

PATTERNS = (
    (
        "support",
        "Three tiers: short questions begin at the cheapest, escalated ones at the top.",
        "tiers\n"
        "  gate answered\n"
        "  gate complete\n"
        "  tier economy\n"
        "    model demo-economy\n"
        "  tier workhorse\n"
        "    when input_tokens at_least 200\n"
        "    model demo-workhorse\n"
        "  tier frontier\n"
        "    when tag in escalated\n"
        "    model demo-frontier",
    ),
    (
        "careful",
        "The cheap model first; a judge decides whether the dear one is asked.",
        "cascade\n"
        "  gate answered\n"
        "  judge 700\n"
        "    rubric Is it right and complete, and does it answer the question?\n"
        "    model demo-reviewer\n"
        "  model demo-economy\n"
        "  model demo-frontier",
    ),
    (
        "critical",
        "A model of another family and provider verifies each answer.",
        "verify or escalate\n"
        "  model demo-workhorse\n"
        "  verifier 800\n"
        "    rubric Is every claim in the answer supported by the request?\n"
        "    model demo-reviewer\n"
        "  otherwise\n"
        "    model demo-frontier",
    ),
    (
        "panel",
        "Three models at once; what two of them say is the answer, else the best is asked.",
        "ensemble by vote\n"
        "  quorum 2\n"
        "  compare similar\n"
        "  model demo-economy\n"
        "  model demo-reviewer\n"
        "  model demo-workhorse\n"
        "  otherwise\n"
        "    model demo-frontier",
    ),
    (
        "documents",
        "Two steps: the facts of a document, then the text that is written from them alone.",
        "pipeline\n"
        "  step extract\n"
        "    prompt List the facts of the document.\n"
        "    gate answered\n"
        "    model demo-economy\n"
        "  step write\n"
        "    prompt Write what is asked for, from these facts and nothing else.\n"
        "    model demo-workhorse",
    ),
)
