"""The usual ways of using several models, filled in with those that are registered.

Each pattern is a function of a shelf of models; what it answers is an ordinary route, for the editor to go on
from. One that the shelf has too little for answers None.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Value = dict[str, Any]

SMALL, STANDARD, FRONTIER = "small", "standard", "frontier"
TIERS = (SMALL, STANDARD, FRONTIER)
MAX_PROVIDERS = 4
MAX_PATTERN_PLACES = 4
ANSWERED: list[Value] = [{"gate": "answered"}, {"gate": "complete"}]
GOES_ON_AFTER = ("error", "timeout", "rate_limit", "context_overflow", "breaker_open", "capacity")


@dataclass(frozen=True, slots=True)
class Known:
    """A model that chats, with who serves it, in how many places. `price_nano` orders models of one tier;
    unknown is last."""

    name: str
    tier: str
    family: str
    providers: frozenset[str] = frozenset()
    price_nano: int | None = None
    places: int = 1


class Shelf:
    """Models by tier, the cheapest first."""

    def __init__(self, models: Iterable[Known]) -> None:
        self.models = sorted(models, key=_by_price)

    def of(self, tier: str) -> Known | None:
        """The cheapest of the tier; of the next tier up where it has none, and then of one below."""
        place = TIERS.index(tier)
        for wanted in (*TIERS[place:], *reversed(TIERS[:place])):
            found = next((model for model in self.models if model.tier == wanted), None)
            if found is not None:
                return found
        return None

    def ladder(self) -> list[Known]:
        """One of each tier, from the cheapest up, each once."""
        found = [model for tier in TIERS if (model := self.of(tier)) is not None]
        return list(dict.fromkeys(found))

    def by_provider(self, tier: str) -> list[Known]:
        """One for each provider, those nearest the tier first; none twice."""
        place = TIERS.index(tier)
        nearest = sorted(self.models, key=lambda model: abs(TIERS.index(model.tier) - place))
        found: list[Known] = []
        taken: set[str] = set()
        for model in nearest:
            if model.providers and not model.providers <= taken:
                found.append(model)
                taken |= model.providers
        return found[:MAX_PROVIDERS]

    def stranger_to(self, other: Known) -> Known | None:
        """The best of another family and another provider."""
        strangers = [
            model
            for model in self.models
            if model.family != other.family and not model.providers & other.providers
        ]
        return max(strangers, key=lambda model: TIERS.index(model.tier), default=None)


def support_tiers(shelf: Shelf) -> Value | None:
    ladder = shelf.ladder()
    if len(ladder) < 2:
        return None
    tiers: list[Value] = [{"name": _tier_name(model), "route": _model(model)} for model in ladder]
    tiers[-1]["conditions"] = [{"fact": "tag", "op": "in", "values": ["escalated"]}]
    if len(tiers) > 2:
        tiers[1]["conditions"] = [{"fact": "input_tokens", "op": "at_least", "values": [1_500]}]
    return {"node": "tiered", "gates": [*ANSWERED], "tiers": tiers}


def shares(shelf: Shelf) -> Value | None:
    ladder = shelf.ladder()
    if len(ladder) < 2:
        return None
    weights = (60, 30, 10) if len(ladder) > 2 else (90, 10)
    members = []
    for place, (model, weight) in enumerate(zip(ladder, weights, strict=True)):
        other = ladder[place + 1] if place + 1 < len(ladder) else ladder[place - 1]
        members.append({"weight": weight, "route": _fallback(model, other)})
    return {"node": "balance", "by": "weight", "members": members}


def providers(shelf: Shelf) -> Value | None:
    found = shelf.by_provider(STANDARD)
    if len(frozenset().union(*(model.providers for model in found))) < 2:
        return None
    members = [_everywhere(model) for model in found]
    return _in_turn(members) if len(members) > 1 else members[0]


def documents(shelf: Shelf) -> Value | None:
    small, standard, frontier = (shelf.of(tier) for tier in TIERS)
    if small is None or standard is None or frontier is None:
        return None
    return {
        "node": "pipeline",
        "steps": [
            _step("extract", small, "Take every fact, figure, name and date out of the document, as a list."),
            _step("classify", small, "Say what kind of document this is, then repeat the list."),
            _step("draft", standard, "Write what is asked for, from these facts alone."),
            _step(
                "fact-check", frontier, "Correct what the facts do not support. Add nothing.", checked=True
            ),
            _step("format", small, "Set the text in the form that is asked for. Change no fact."),
        ],
    }


def research(shelf: Shelf) -> Value | None:
    frontier, asked = shelf.of(FRONTIER), shelf.by_provider(STANDARD)
    if frontier is None or not asked:
        return None
    if len(asked) < 2:
        asked = shelf.ladder()
    if len(asked) < 2:
        return None
    together = {
        "node": "ensemble",
        "by": "synthesis",
        "members": [{"route": _model(model)} for model in asked],
        "helper": _model(frontier),
        "prompt": "Make one answer of these. Say where they contradict each other.",
    }
    return {
        "node": "pipeline",
        "steps": [
            _step("plan", frontier, "Divide the question into what must be found out.", checked=True),
            {"name": "find-out", "prompt": "Answer each part, with what it rests on.", "route": together},
            _step("write", frontier, "Write the answer, and say what is uncertain.", checked=True),
        ],
    }


def critical(shelf: Shelf) -> Value | None:
    answers = shelf.of(FRONTIER)
    checks = shelf.stranger_to(answers) if answers else None
    if answers is None or checks is None:
        return None
    return {
        "node": "verify",
        "on_failure": "refuse",
        "route": _model(answers),
        "gates": [*ANSWERED],
        "verifier": {
            "route": _model(checks),
            "rubric": "Is every statement right, supported by the request, and is nothing of weight missing?",
            "threshold": 800,
        },
    }


def reviewed(shelf: Shelf) -> Value | None:
    verified = critical(shelf)
    return None if verified is None else {**verified, "on_failure": "hold"}


def agreement(shelf: Shelf) -> Value | None:
    frontier = shelf.of(FRONTIER)
    cheap = [model for model in shelf.models if model.tier != FRONTIER]
    pair = Shelf(cheap).by_provider(SMALL)[:2]
    if frontier is None or len(pair) < 2:
        return None
    return {
        "node": "ensemble",
        "by": "vote",
        "quorum": 2,
        "compare": "choice",
        "members": [{"route": _model(model)} for model in pair],
        "otherwise": _model(frontier),
    }


@dataclass(frozen=True, slots=True)
class Pattern:
    """`needs` says what the shelf must hold."""

    name: str
    label: str
    help: str
    needs: str
    make: Callable[[Shelf], Value | None]


PATTERNS = (
    Pattern(
        "support-tiers",
        "Support: three tiers",
        "Short questions begin at the cheapest tier, long ones in the middle, escalated ones at the top; "
        "what is empty, refused or cut goes up a tier. Aim at about 60, 30 and 10 of a hundred.",
        "models of two tiers",
        support_tiers,
    ),
    Pattern(
        "shares",
        "Support: shares of 60, 30 and 10 %",
        "Fixed shares for the three tiers, each with the next one behind it.",
        "models of two tiers",
        shares,
    ),
    Pattern(
        "documents",
        "Document processing",
        "Extract, classify, draft, check the facts, format: each step reads what the one before it wrote.",
        "a model",
        documents,
    ),
    Pattern(
        "research",
        "Research assistant",
        "A plan, several models at once whose answers are made into one, and the answer.",
        "two models",
        research,
    ),
    Pattern(
        "providers",
        "Fallback across providers",
        "A model of each provider, each in all its places, so that no outage stops them all.",
        "models of two providers",
        providers,
    ),
    Pattern(
        "critical",
        "Critical answer, verified",
        "A model of another family and provider checks the answer; what does not pass is not given.",
        "two models that share neither family nor provider",
        critical,
    ),
    Pattern(
        "reviewed",
        "Critical answer, reviewed by a person",
        "As the verified one, but what does not pass waits for a person, who releases or refuses it.",
        "two models that share neither family nor provider",
        reviewed,
    ),
    Pattern(
        "agreement",
        "Two cheap models that must agree",
        "For answers that can be compared, such as a choice's letter; where they differ, the best is asked.",
        "cheap models of two providers, and a better one",
        agreement,
    ),
)


def _step(name: str, model: Known, prompt: str, *, checked: bool = False) -> Value:
    gates = {"gates": [*ANSWERED]} if checked else {"gates": [ANSWERED[0]]}
    return {"name": name, "prompt": prompt, **gates, "route": _model(model)}


def _fallback(*models: Known) -> Value:
    return _in_turn([_model(model) for model in models])


def _in_turn(members: list[Value]) -> Value:
    return {"node": "fallback", "members": members, "on": [*GOES_ON_AFTER]}


def _model(model: Known) -> Value:
    return {"node": "model", "model": model.name}


def _everywhere(model: Known) -> Value:
    places = min(model.places, MAX_PATTERN_PLACES)
    return {**_model(model), "places": places} if places > 1 else _model(model)


def _tier_name(model: Known) -> str:
    return {SMALL: "economy", STANDARD: "workhorse", FRONTIER: "frontier"}[model.tier]


def _by_price(model: Known) -> tuple[bool, int, str]:
    return model.price_nano is None, model.price_nano or 0, model.name
