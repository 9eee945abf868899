"""A week of requests, as four applications would have sent them: values only, the same on every machine.

Drawn from a fixed seed: working days and nights, tasks with their lengths and classes, an afternoon on which
the American endpoints fail, and an hour in which a provider serves another model than was asked for.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

SEED = 20260101
DAYS = 7
TAG = "seeded"
INCIDENT_DAYS_AGO, INCIDENT_HOURS = 4, (13, 15)
DRIFT_DAYS_AGO = 2
WEEKEND_SHARE = 0.25
BUSY_HOURS = range(8, 19)
NIGHT_SHARE = 0.08


@dataclass(frozen=True, slots=True)
class Habit:
    """One kind of request of one application. `share` is out of the application's own; lengths in tokens."""

    application: str
    share: float
    task: str
    data_class: str | None
    input_tokens: tuple[int, int]
    output_tokens: tuple[int, int]
    text: str
    model: str = "auto"
    stream: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: when, what, and how long question and answer are."""

    at: datetime
    habit: Habit
    text: str
    output_tokens: int
    incident: bool
    drifts: bool


# Requests on a working day.
PER_DAY = {"helpdesk": 260, "claims": 150, "contracts": 60, "notebook": 12}
HABITS = (
    Habit(
        "helpdesk",
        0.30,
        "",
        None,
        (40, 400),
        (60, 350),
        "A customer writes: where is my parcel?",
        stream=True,
    ),
    Habit("helpdesk", 0.13, "", None, (20, 300), (40, 90), "How do I send it back?", model="support"),
    Habit(
        "helpdesk",
        0.02,
        "",
        None,
        (20, 300),
        (40, 90),
        "I have asked twice now.",
        model="support",
        tags=("escalated",),
    ),
    Habit("helpdesk", 0.30, "classify", None, (60, 300), (2, 12), "Which team should answer this?"),
    Habit("helpdesk", 0.20, "translate", "public", (80, 600), (80, 600), "Translate our answer into French."),
    Habit("helpdesk", 0.05, "", "confidential", (80, 500), (60, 300), "A complaint, with the file."),
    Habit("claims", 0.60, "extract", "confidential", (400, 2600), (40, 220), "Read the claim form."),
    Habit("claims", 0.28, "classify", "internal", (100, 700), (2, 12), "How urgent is this claim?"),
    Habit("claims", 0.05, "analysis", "internal", (600, 3000), (150, 700), "Compare with similar claims."),
    Habit("claims", 0.04, "", "internal", (60, 400), (40, 90), "Is this claim covered?", model="critical"),
    Habit("claims", 0.01, "", "internal", (60, 400), (40, 90), "A hard claim: who pays?", model="critical"),
    Habit("claims", 0.02, "extract", "restricted", (200, 900), (40, 200), "A medical report is attached."),
    Habit("contracts", 0.10, "", "internal", (900, 2500), (40, 90), "List the duties.", model="documents"),
    Habit("contracts", 0.45, "summarise", "internal", (3000, 9500), (200, 600), "Sum the contract up."),
    Habit("contracts", 0.35, "analysis", "internal", (2500, 7000), (300, 900), "Which clauses differ?"),
    Habit("contracts", 0.10, "", "public", (100, 600), (100, 500), "Explain this term.", stream=True),
    Habit("notebook", 0.4, "", "public", (10, 60), (10, 60), "Trying a prompt.", model="thrifty"),
    Habit("notebook", 0.3, "", "public", (10, 60), (10, 60), "Which train is this?", model="panel"),
    Habit("notebook", 0.2, "", "public", (10, 60), (10, 60), "Explain the signal.", model="careful"),
    Habit("notebook", 0.1, "", "public", (10, 60), (10, 60), "A hard question: why?", model="careful"),
)


def week(now: datetime) -> Iterator[Asked]:
    """The requests of the DAYS before `now`, oldest first."""
    draw = random.Random(SEED)  # noqa: S311  (invents traffic, guards nothing)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for days_ago in range(DAYS, 0, -1):
        day = today - timedelta(days=days_ago)
        asked = [one for name in PER_DAY for one in _of_day(draw, name, day, days_ago)]
        yield from sorted(asked, key=lambda one: one.at)


def _of_day(draw: random.Random, application: str, day: datetime, days_ago: int) -> Iterator[Asked]:
    habits = [habit for habit in HABITS if habit.application == application]
    share = WEEKEND_SHARE if day.weekday() >= 5 else 1.0
    for _ in range(max(1, round(PER_DAY[application] * share * draw.uniform(0.85, 1.15)))):
        habit = draw.choices(habits, [each.share for each in habits])[0]
        at = day + timedelta(hours=_hour(draw), seconds=draw.uniform(0, 3599.9))
        incident = days_ago == INCIDENT_DAYS_AGO and INCIDENT_HOURS[0] <= at.hour < INCIDENT_HOURS[1]
        yield Asked(
            at,
            habit,
            _text(habit, draw.randint(*habit.input_tokens)),
            draw.randint(*habit.output_tokens),
            incident,
            drifts=days_ago == DRIFT_DAYS_AGO and at.hour == INCIDENT_HOURS[0],
        )


def _hour(draw: random.Random) -> int:
    return draw.randrange(24) if draw.random() < NIGHT_SHARE else draw.choice(BUSY_HOURS)


def _text(habit: Habit, tokens: int) -> str:
    """About as many tokens as asked for: a token is some four characters of English."""
    words = (habit.text + " ") * (tokens * 4 // len(habit.text) + 1)
    return words[: tokens * 4]
