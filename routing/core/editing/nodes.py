"""What each node of a route asks for: the one table behind the editor.

Names are those of the document (routing.core.route_document); tests hold that every node is here and that
what is here reads and writes as the notation does.
"""

from dataclasses import replace

from routing.core.conditions import MAX_CONDITIONS_PER_RULE, OPS_BY_FACT
from routing.core.editing.fields import Field, Form, Kind
from routing.core.execution import SURVIVABLE
from routing.core.notation.nodes import (
    CLASSIFIER_TOKENS,
    MAX_LATE_MS,
    MAX_QUORUM,
    MAX_SAMPLES,
    MAX_WEIGHT,
)
from routing.core.routes import (
    DEFAULT_FALLBACK_ON,
    DEFAULT_HELPER_TOKENS,
    DEFAULT_UNSURE_MS,
    MAX_GATES,
    MAX_PLACES,
    MAX_ROUTE_CALLS,
    MAX_STOP_AFTER,
    MAX_STOP_LIMIT,
    MAX_UNSURE_MS,
    MILLI,
    MIN_STOP_AFTER,
    STICKY_BY,
    STOP_AFTER,
)
from routing.core.words import FACT_WORDS

MAX_TOKENS = 100_000
ONE, SEVERAL, ORDER = "One call", "One of several", "One after the other"
TOGETHER, CHECKED = "Several at once", "Checked"

_OPS = {
    "in": "is one of",
    "not_in": "is none of",
    "all_of": "hold all of",
    "at_least": "at least",
    "at_most": "at most",
}
CONDITION = Form(
    "condition",
    "",
    (
        Field(
            "fact",
            "What",
            Kind.CHOICE,
            required=True,
            choices=tuple((fact, FACT_WORDS.get(fact, fact)) for fact in sorted(OPS_BY_FACT)),
        ),
        Field("op", "How", Kind.CHOICE, required=True, choices=tuple(_OPS.items()), narrowed_by="fact"),
        Field("values", "Values", Kind.WORDS, "With commas between them.", required=True),
    ),
)


def _route(name: str, label: str, text: str = "", *, required: bool = True) -> Field:
    return Field(name, label, Kind.ROUTE, text, required=required)


def _routes(label: str, text: str, each: str, least: int = 1) -> Field:
    return Field(
        "members", label, Kind.ROUTES, text, required=True, least=least, most=MAX_ROUTE_CALLS, each=each
    )


def _records(name: str, label: str, of: Form, text: str = "", *, each: str, required: bool = True) -> Field:
    least = 1 if required else None
    return Field(
        name,
        label,
        Kind.RECORDS,
        text,
        required=required,
        of=of,
        each=each,
        least=least,
        most=MAX_ROUTE_CALLS,
    )


def _choice(name: str, label: str, *choices: tuple[str, str], text: str = "", kept: bool = True) -> Field:
    return Field(
        name, label, Kind.CHOICE, text, required=kept, choices=choices, default=choices[0][0], kept=kept
    )


def _name(label: str, text: str = "") -> Field:
    return Field("name", label, Kind.TEXT, text or "Letters, digits, dots and dashes.", required=True)


def _weight(*, kept: bool, text: str = "") -> Field:
    return Field("weight", "Weight", Kind.WHOLE, text, default=1, kept=kept, least=0, most=MAX_WEIGHT)


def _sticky(label: str) -> Field:
    return _choice("sticky", label, *((word, word.replace("_", " ")) for word in STICKY_BY))


def _tokens(default: int) -> Field:
    return Field(
        "max_output_tokens", "Output tokens, at most", Kind.WHOLE, default=default, least=1, most=MAX_TOKENS
    )


_CONDITIONS = Field(
    "conditions",
    "Where",
    Kind.RECORDS,
    "All must hold.",
    of=CONDITION,
    each="condition",
    most=MAX_CONDITIONS_PER_RULE,
)
_GATES = Field(
    "gates", "Gates", Kind.GATES, "Checks of the answer that call nobody; all must pass.", each="gate",
    most=MAX_GATES,
)  # fmt: skip
JUDGE = Form(
    "judge",
    "",
    (
        Field("rubric", "Rubric", Kind.PROSE, "What is asked of the answer.", required=True),
        Field(
            "threshold",
            "Passes from",
            Kind.WHOLE,
            "Thousandths: 700 is 70 %.",
            default=700,
            kept=True,
            least=0,
            most=MILLI,
        ),
        _tokens(DEFAULT_HELPER_TOKENS),
        _route("route", "Who judges"),
    ),
)
_JUDGE = Field("judge", "Judge", Kind.RECORD, "A model that scores the answer by a rubric.", of=JUDGE)
_OTHERWISE = _route("otherwise", "Otherwise", required=False)
_PROMPT = Field("prompt", "What it is told", Kind.PROSE)

UNSURE = Form(
    "unsure",
    "",
    (
        Field(
            "band",
            "Within so many thousandths of the threshold",
            Kind.WHOLE,
            required=True,
            least=1,
            most=MILLI,
        ),
        _PROMPT,
        Field(
            "timeout_ms",
            "For so many milliseconds",
            Kind.WHOLE,
            default=DEFAULT_UNSURE_MS,
            least=1,
            most=MAX_UNSURE_MS,
        ),
        Field("default", "The label where none comes", Kind.TEXT, "Empty: the trained router's own."),
        _tokens(CLASSIFIER_TOKENS),
        _route("route", "Who is asked"),
    ),
)
_BALANCED = Form("member", "", (_weight(kept=True), _route("route", "Route")))
_VOTER = Form(
    "member",
    "",
    (
        _weight(kept=False, text="In a vote."),
        Field("samples", "Asked so many times", Kind.WHOLE, default=1, least=2, most=MAX_SAMPLES),
        _route("route", "Who answers"),
    ),
)
_STEP = Form(
    "step",
    "",
    (
        _name("Name of the step"),
        Field("prompt", "Its role", Kind.PROSE, "What this step is told to do with what it reads."),
        _route("route", "Who does it"),
        _GATES,
        _JUDGE,
        Field("optional", "It may be skipped", Kind.FLAG, "Where the latency budget has no time for it."),
    ),
)
_BRANCH = Form(
    "branch",
    "",
    (
        Field(
            "label",
            "Label",
            Kind.TEXT,
            "By a trained router: its label, or a least score in thousandths.",
            required=True,
        ),
        _CONDITIONS,
        _route("route", "Specialist"),
    ),
)
_ARM = Form("arm", "", (_name("Name of the arm"), _weight(kept=True), _route("route", "Route")))
_SHADOW = Form(
    "shadow",
    "",
    (
        Field("share", "Share in thousandths", Kind.WHOLE, required=True, least=1, most=MILLI),
        _route("route", "Who is asked, and never given"),
    ),
)
_STOP = Form(
    "bound",
    "",
    (
        Field(
            "metric",
            "What is measured",
            Kind.CHOICE,
            required=True,
            choices=(
                ("errors", "failed requests, in thousandths"),
                ("p50", "median latency, in milliseconds"),
                ("p95", "95th percentile of the latency, in milliseconds"),
                ("cost", "cost of a request, in millionths of a dollar"),
                ("score", "feedback, in thousandths"),
            ),
        ),
        _choice(
            "against",
            "Compared with",
            ("bound", "the bound: it is worse than that"),
            ("control", "the control: it is worse by more than the bound"),
            kept=False,
        ),
        Field("limit", "The bound", Kind.WHOLE, required=True, least=1, most=MAX_STOP_LIMIT),
        Field(
            "after",
            "Not before so many requests",
            Kind.WHOLE,
            default=STOP_AFTER,
            least=MIN_STOP_AFTER,
            most=MAX_STOP_AFTER,
        ),
    ),
)
_TIER = Form("tier", "", (_name("Name of the tier"), _CONDITIONS, _route("route", "Route")))

NODES: dict[str, Form] = {
    "model": Form(
        "Model",
        "A call to one model; where it fails, in its further places.",
        (
            Field("model", "Model", Kind.NAMED, required=True, source="models"),
            Field(
                "version", "Version", Kind.NAMED, "Any where empty.", source="versions", narrowed_by="model"
            ),
            Field(
                "deployment",
                "Deployment",
                Kind.NAMED,
                "Any where empty.",
                source="deployments",
                narrowed_by="model",
            ),
            Field("region", "Region", Kind.NAMED, "Any where empty.", source="regions", narrowed_by="model"),
            Field(
                "places",
                "Places",
                Kind.WHOLE,
                "How many of its deployments are tried, one after another, where a call fails.",
                default=1,
                least=1,
                most=MAX_PLACES,
            ),
        ),
        ONE,
    ),
    "fallback": Form(
        "Fallback",
        "The next one where the one before it failed.",
        (
            _routes("Tried in this order", "", "member"),
            Field(
                "on",
                "Goes on after",
                Kind.MANY,
                choices=tuple((word.value, word.value.replace("_", " ")) for word in SURVIVABLE),
                default=list(DEFAULT_FALLBACK_ON),
                kept=True,
            ),
        ),
        ORDER,
    ),
    "balance": Form(
        "Balance",
        "One of several.",
        (
            _choice(
                "by",
                "Chosen by",
                ("weight", "weight: shares of the requests"),
                ("cost", "cost: the cheapest"),
                ("latency", "latency: the fastest"),
                ("load", "load: the least busy"),
                ("value", "value: the cheapest that is good enough"),
            ),
            Field(
                "floor",
                "Good enough from",
                Kind.WHOLE,
                "Measured quality in thousandths; the members' numbers are their qualities.",
                required=True,
                least=0,
                most=MILLI,
            ).only_when("by", "value"),
            Field(
                "measured",
                "As measured on the evaluation set",
                Kind.TEXT,
                "Empty: the numbers of the members.",
            ).only_when("by", "value"),
            replace(_sticky("The same member for the same"), kept=False, required=False),
            _records("members", "One of", _BALANCED, each="member"),
        ),
        SEVERAL,
    ),
    "cascade": Form(
        "Cascade",
        "Cheapest first. What does not pass the gates, or the judge, goes on to the next.",
        (
            _routes("From the cheapest up", "", "level", least=2),
            _GATES,
            _JUDGE,
            Field("strict", "The last level must pass too", Kind.FLAG),
        ),
        ORDER,
    ),
    "ensemble": Form(
        "Ensemble",
        "Several at once, and one answer of them all.",
        (
            _choice(
                "by",
                "The answer is",
                ("vote", "what most of them say"),
                ("average", "the mean of their numbers"),
                ("all", "all their answers"),
                ("judge", "the one that a judge picks"),
                ("synthesis", "what a writer makes of them"),
                ("any", "of moderations: flagged where any flags it"),
            ),
            _records("members", "Asked at once", _VOTER, each="member"),
            Field(
                "quorum",
                "Quorum",
                Kind.WHOLE,
                "The weight that must agree, or how many must answer. Empty: more than half.",
                least=1,
                most=MAX_QUORUM,
            ),
            _choice(
                "compare",
                "Answers are compared as",
                ("text", "text"),
                ("json", "JSON"),
                ("number", "numbers"),
                ("choice", "letters of a choice"),
                ("similar", "similar texts"),
                kept=False,
            ).only_when("by", "vote"),
            _route("helper", "Who judges or writes").only_when("by", "judge", "synthesis"),
            _PROMPT.only_when("by", "judge", "synthesis"),
            _tokens(DEFAULT_HELPER_TOKENS).only_when("by", "judge"),
            _OTHERWISE,
        ),
        TOGETHER,
    ),
    "pipeline": Form(
        "Pipeline",
        "Steps, each of which reads what the one before it wrote.",
        (_records("steps", "Steps", _STEP, each="step"),),
        ORDER,
    ),
    "verify": Form(
        "Verify",
        "An answer that a model of another family and provider checks.",
        (
            _route("route", "Who answers"),
            Field("verifier", "Verifier", Kind.RECORD, "Who checks it.", required=True, of=JUDGE),
            _GATES,
            _choice(
                "on_failure",
                "An answer that does not pass",
                ("refuse", "is not given"),
                ("annotate", "is given, and marked"),
                ("escalate", "is asked of somebody else"),
                ("hold", "waits for a person"),
            ),
            _route("otherwise", "Who is asked then").only_when("on_failure", "escalate"),
        ),
        CHECKED,
    ),
    "classify": Form(
        "Classify",
        "A specialist for each kind of request, and a generalist for the rest.",
        (
            _choice(
                "by",
                "The kind is known",
                ("rules", "by conditions"),
                ("model", "by what a model says"),
                ("trained", "by a trained router's score"),
            ),
            Field("router", "Trained router", Kind.NAMED, required=True, source="routers").only_when(
                "by", "trained"
            ),
            _route("helper", "Who is asked for the label").only_when("by", "model"),
            _PROMPT.only_when("by", "model"),
            _tokens(CLASSIFIER_TOKENS).only_when("by", "model"),
            Field(
                "unsure",
                "Who is asked where it is unsure",
                Kind.RECORD,
                "A model that says the label where the score is near the threshold.",
                of=UNSURE,
            ).only_when("by", "trained"),
            _records("branches", "Specialists", _BRANCH, each="branch"),
            _route("otherwise", "Generalist"),
        ),
        SEVERAL,
    ),
    "hedge": Form(
        "Hedge",
        "A second call where the first is late; whoever answers first wins.",
        (
            _route("route", "First"),
            _route("second", "Second"),
            Field(
                "after_ms",
                "Late after, in milliseconds",
                Kind.WHOLE,
                "Empty: the first one's measured p95.",
                least=1,
                most=MAX_LATE_MS,
            ),
        ),
        TOGETHER,
    ),
    "experiment": Form(
        "Experiment",
        "Arms by share, and shadows whose answers are never given.",
        (
            _name("Name of the experiment"),
            _sticky("The same arm for the same"),
            _records("arms", "Arms", _ARM, each="arm"),
            _records("shadows", "Shadows", _SHADOW, each="shadow", required=False),
            _records("stops", "Stop an arm when it breaks", _STOP, each="bound", required=False),
        ),
        SEVERAL,
    ),
    "tiered": Form(
        "Tiers",
        "The cheapest tier that its conditions allow, and up from there where that fails or does not pass.",
        (_records("tiers", "From the cheapest up", _TIER, each="tier"), _GATES, _JUDGE),
        ORDER,
    ),
}
