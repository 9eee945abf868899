"""The nodes that make several calls, as lines. `routing.core.notation.routes` has an example of each."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from routing.core.notation.checks import (
    count_of,
    gates_of,
    judge_of,
    rendered_gates,
    rendered_judge,
    rendered_tokens,
    rendered_unsure,
    text_of,
    tokens_of,
    unsure_of,
)
from routing.core.notation.conditions import parse_conditions, render_conditions
from routing.core.notation.lines import INDENT, Line, written
from routing.core.notation.problem import NotationProblem
from routing.core.routes import (
    CLASSIFY_BY,
    COMPARE_BY,
    DEFAULT_HELPER_TOKENS,
    DEFAULT_LABEL_TOKENS,
    ENSEMBLE_BY,
    MILLI,
    STICKY_BY,
    STOP_AFTER,
    STOP_AT,
    VERIFY_FAILURES,
)
from routing.core.shapes import stop_in_words

Value = dict[str, Any]
Read = Callable[[list[Line]], Value]  # the route of lines: one, or several tried in order
Write = Callable[[Value, str], Iterator[str]]  # the lines of a route, from an indentation on

MAX_WEIGHT = 1_000_000
MAX_SAMPLES = 16
MAX_QUORUM = 1_000_000
MAX_LATE_MS = 600_000
CLASSIFIER_TOKENS = DEFAULT_LABEL_TOKENS
_CHECKS = ("gate", "judge")
_STOP = re.compile(
    rf"when (?P<metric>{'|'.join(STOP_AT)}) (?P<way>above|below) (?P<control>control by )?"
    r"(?P<limit>\d{1,9})(?: after (?P<after>\d{1,7}))?",
    re.ASCII,
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def read_cascade(line: Line, read: Read) -> Value:
    if line.rest not in ("", "strict"):
        raise line.problem("write “cascade” or “cascade strict”.")
    value: Value = {"node": "cascade", **_checks(line, read)}
    value["members"] = [read([child]) for child in _others(line, *_CHECKS)]
    return {**value, "strict": True} if line.rest else value


def write_cascade(value: Value, start: str, write: Write) -> Iterator[str]:
    yield start + ("cascade strict" if value.get("strict") else "cascade")
    yield from _written_checks(value, start + INDENT, write)
    for member in value["members"]:
        yield from write(member, start + INDENT)


def read_ensemble(line: Line, read: Read) -> Value:
    by = line.rest.removeprefix("by ") or "vote"
    if by not in ENSEMBLE_BY:
        raise line.problem(f"write “ensemble by” and one of {', '.join(ENSEMBLE_BY)}.")
    value: Value = {"node": "ensemble", "by": by}
    parts = ("quorum", "compare", "helper", "otherwise")
    value["members"] = [_voter(child, read) for child in _others(line, *parts)]
    if (quorum := _one(line, "quorum")) is not None:
        value["quorum"] = count_of(quorum, MAX_QUORUM, "how much must agree")
    if (compare := _one(line, "compare")) is not None:
        value["compare"] = _choice(compare, COMPARE_BY)
    value |= _helper(line, read, DEFAULT_HELPER_TOKENS) | _otherwise(line, read)
    if (by in ("judge", "synthesis")) != ("helper" in value):
        raise line.problem("“by judge” and “by synthesis” need a “helper”, the others have none.")
    return value


def write_ensemble(value: Value, start: str, write: Write) -> Iterator[str]:
    yield f"{start}ensemble by {value['by']}"
    inner = start + INDENT
    for name in ("quorum", "compare"):
        if name in value:
            yield f"{inner}{name} {value[name]}"
    for part in value["members"]:
        weight = f"{part['weight']}: " if "weight" in part else ""
        if "samples" in part:
            yield f"{inner}{weight}samples {part['samples']}"
            yield from write(part["route"], inner + INDENT)
        else:
            first, *rest = write(part["route"], inner)
            yield f"{inner}{weight}{first[len(inner) :]}"
            yield from rest
    yield from _written_helper(value, inner, write)
    yield from _written_otherwise(value, inner, write)


def read_pipeline(line: Line, read: Read) -> Value:
    if line.rest or any(child.word != "step" for child in line.children):
        raise line.problem("a “pipeline” holds lines “step NAME”.")
    return {"node": "pipeline", "steps": [_step(child, read) for child in line.children]}


def write_pipeline(value: Value, start: str, write: Write) -> Iterator[str]:
    yield f"{start}pipeline"
    for step in value["steps"]:
        yield f"{start}{INDENT}step {step['name']}" + (" optional" if step.get("optional") else "")
        inner = start + 2 * INDENT
        if "prompt" in step:
            yield f"{inner}prompt {written(step['prompt'])}"
        yield from _written_checks(step, inner, write)
        yield from write(step["route"], inner)


def read_verify(line: Line, read: Read) -> Value:
    on_failure = line.rest.removeprefix("or ") or "refuse"
    if on_failure not in VERIFY_FAILURES:
        raise line.problem(f"write “verify or” and one of {', '.join(VERIFY_FAILURES)}.")
    verifier = _one(line, "verifier")
    if verifier is None:
        raise line.problem("“verify” needs a “verifier”.")
    value: Value = {"node": "verify", "on_failure": on_failure}
    if gates := gates_of(line.children):
        value["gates"] = gates
    value["route"] = _the_route(line, read, "gate", "verifier", "otherwise")
    value["verifier"] = judge_of(verifier, read)
    value |= _otherwise(line, read)
    if (on_failure == "escalate") != ("otherwise" in value):
        raise line.problem("“verify or escalate” needs an “otherwise”, the others have none.")
    return value


def write_verify(value: Value, start: str, write: Write) -> Iterator[str]:
    yield f"{start}verify or {value['on_failure']}"
    inner = start + INDENT
    yield from rendered_gates(value.get("gates", []), inner)
    yield from write(value["route"], inner)
    yield from rendered_judge("verifier", value["verifier"], inner, write)
    yield from _written_otherwise(value, inner, write)


def read_classify(line: Line, read: Read) -> Value:
    by, _, router = line.rest.removeprefix("by ").partition(" ")
    by = by or "rules"
    if by not in CLASSIFY_BY or bool(router) != (by == "trained"):
        raise line.problem("write “classify by rules”, “by model”, or “by trained ROUTER”.")
    value: Value = {"node": "classify", "by": by}
    if router:
        value["router"] = router
    value |= _helper(line, read, CLASSIFIER_TOKENS)
    if (by == "model") != ("helper" in value):
        raise line.problem("“classify by model” needs a “helper”, the others have none.")
    if (unsure := _one(line, "unsure")) is not None:
        if by != "trained":
            raise unsure.problem("only “classify by trained” can be unsure.")
        value["unsure"] = unsure_of(unsure, read)
    _only(line, "helper", "unsure", "branch", "otherwise")
    value["branches"] = [_branch(child, read, by) for child in line.children if child.word == "branch"]
    value |= _otherwise(line, read)
    if "otherwise" not in value or not value["branches"]:
        raise line.problem("“classify” needs a “branch”, and an “otherwise”: the generalist.")
    return value


def write_classify(value: Value, start: str, write: Write) -> Iterator[str]:
    yield f"{start}classify by {value['by']}" + (f" {value['router']}" if "router" in value else "")
    inner = start + INDENT
    yield from _written_helper(value, inner, write)
    if "unsure" in value:
        yield from rendered_unsure(value["unsure"], inner, write)
    for branch in value["branches"]:
        yield f"{inner}branch {branch['label']}"
        yield from _written_when(branch, inner + INDENT)
        yield from write(branch["route"], inner + INDENT)
    yield from _written_otherwise(value, inner, write)


def read_hedge(line: Line, read: Read) -> Value:
    if len(line.children) != 2:
        raise line.problem("a “hedge” holds two routes: the first, and the second.")
    value: Value = {"node": "hedge", "route": read(line.children[:1]), "second": read(line.children[1:])}
    if line.rest:
        after = re.fullmatch(r"after (\d{1,6}) ms", line.rest)
        if after is None or not 0 < int(after[1]) <= MAX_LATE_MS:
            raise line.problem("write “hedge” or “hedge after 800 ms”.")
        value["after_ms"] = int(after[1])
    return value


def write_hedge(value: Value, start: str, write: Write) -> Iterator[str]:
    yield start + (f"hedge after {value['after_ms']} ms" if "after_ms" in value else "hedge")
    yield from write(value["route"], start + INDENT)
    yield from write(value["second"], start + INDENT)


def read_experiment(line: Line, read: Read) -> Value:
    name, _, by = line.rest.partition(" by ")
    if not _NAME.fullmatch(name) or by not in ("", *STICKY_BY):
        raise line.problem(f"write “experiment NAME by” and one of {', '.join(STICKY_BY)}.")
    _only(line, "arm", "shadow", "stop")
    value: Value = {"node": "experiment", "name": name, "sticky": by or "request"}
    value["arms"] = [_arm(child, read) for child in line.children if child.word == "arm"]
    if not value["arms"]:
        raise line.problem("an “experiment” needs an “arm”.")
    if shadows := [child for child in line.children if child.word == "shadow"]:
        value["shadows"] = [
            {
                "route": read(child.children or [child]),
                "share": count_of(child, MILLI, "a share of requests in thousandths"),
            }
            for child in shadows
        ]
    if stops := [child for child in line.children if child.word == "stop"]:
        value["stops"] = [_stop(child) for child in stops]
    return value


def write_experiment(value: Value, start: str, write: Write) -> Iterator[str]:
    yield f"{start}experiment {value['name']} by {value['sticky']}"
    inner = start + INDENT
    for stop in value.get("stops", ()):
        yield f"{inner}stop when {stop_in_words(stop)}"
    for arm in value["arms"]:
        yield f"{inner}arm {arm['name']} {arm['weight']}"
        yield from write(arm["route"], inner + INDENT)
    for shadow in value.get("shadows", ()):
        yield f"{inner}shadow {shadow['share']}"
        yield from write(shadow["route"], inner + INDENT)


def read_tiered(line: Line, read: Read) -> Value:
    if line.rest or any(child.word not in ("tier", *_CHECKS) for child in line.children):
        raise line.problem("“tiers” hold lines “tier NAME”, from the cheapest up, gates and a judge.")
    tiers = [child for child in line.children if child.word == "tier"]
    if not tiers:
        raise line.problem("“tiers” need a “tier”.")
    return {"node": "tiered", **_checks(line, read), "tiers": [_tier(tier, read) for tier in tiers]}


def write_tiered(value: Value, start: str, write: Write) -> Iterator[str]:
    yield f"{start}tiers"
    inner = start + INDENT
    yield from _written_checks(value, inner, write)
    for tier in value["tiers"]:
        yield f"{inner}tier {tier['name']}"
        yield from _written_when(tier, inner + INDENT)
        yield from write(tier["route"], inner + INDENT)


def _voter(line: Line, read: Read) -> Value:
    value: Value = {}
    if line.weight is not None:
        value["weight"] = _weight(line, line.weight)
        line.weight = None
    if line.word == "samples":
        value["samples"] = count_of(line, MAX_SAMPLES, "how many times it is asked", 2)
        return {"route": read(line.children or [line]), **value}
    return {"route": read([line]), **value}


def _step(line: Line, read: Read) -> Value:
    name, _, more = line.rest.partition(" ")
    if more not in ("", "optional"):
        raise line.problem("write “step NAME” or “step NAME optional”.")
    value: Value = {"name": _name_of(line, name), **({"optional": True} if more else {})}
    if prompt := text_of(line.children, "prompt"):
        value["prompt"] = prompt
    return {**value, **_checks(line, read), "route": _the_route(line, read, "prompt", *_CHECKS)}


def _branch(line: Line, read: Read, by: str) -> Value:
    if not line.rest:
        raise line.problem("write “branch LABEL”.")
    if by == "trained" and line.rest.isdigit() and int(line.rest) > MILLI:
        raise line.problem(f"a least score is up to {MILLI}.")
    value: Value = {"label": line.rest, **_when(line)}
    if (by == "rules") != ("conditions" in value):
        raise line.problem("branches “by rules” need a line “when …”; others have none.")
    return {**value, "route": _the_route(line, read, "when")}


def _arm(line: Line, read: Read) -> Value:
    name, _, weight = line.rest.partition(" ")
    if weight and not (weight.isascii() and weight.isdigit()):
        raise line.problem("write “arm NAME WEIGHT”.")
    share = _weight(line, int(weight or 1))
    return {"name": _name_of(line, name), "weight": share, "route": _the_route(line, read)}


def _stop(line: Line) -> Value:
    found = _STOP.fullmatch(line.rest)
    if found is None or (found["way"] == "below") != (found["metric"] == "score"):
        raise line.problem(
            f"write “stop when”, one of {', '.join(STOP_AT)}, “above” (of score “below”) and a whole number, "
            "or “control by” and one, and “after” so many requests."
        )
    value: Value = {"metric": found["metric"], "limit": int(found["limit"])}
    if found["control"]:
        value["against"] = "control"
    after = int(found["after"] or STOP_AFTER)
    return value if after == STOP_AFTER else {**value, "after": after}


def _tier(line: Line, read: Read) -> Value:
    return {"name": _name_of(line, line.rest), **_when(line), "route": _the_route(line, read, "when")}


def _checks(line: Line, read: Read) -> Value:
    value: Value = {}
    if gates := gates_of(line.children):
        value["gates"] = gates
    if (judge := _one(line, "judge")) is not None:
        value["judge"] = judge_of(judge, read)
    return value


def _written_checks(value: Value, start: str, write: Write) -> Iterator[str]:
    yield from rendered_gates(value.get("gates", []), start)
    if "judge" in value:
        yield from rendered_judge("judge", value["judge"], start, write)


def _helper(line: Line, read: Read, tokens: int) -> Value:
    helper = _one(line, "helper")
    if helper is None:
        return {}
    value: Value = {"helper": _the_route(helper, read, "prompt", "tokens")}
    if prompt := text_of(helper.children, "prompt"):
        value["prompt"] = prompt
    given = tokens_of(helper.children, tokens)
    return value if given == tokens else {**value, "max_output_tokens": given}


def _written_helper(value: Value, start: str, write: Write) -> Iterator[str]:
    if "helper" in value:
        yield f"{start}helper"
        if "prompt" in value:
            yield f"{start}{INDENT}prompt {written(value['prompt'])}"
        yield from rendered_tokens(value, start + INDENT)
        yield from write(value["helper"], start + INDENT)


def _otherwise(line: Line, read: Read) -> Value:
    otherwise = _one(line, "otherwise")
    return {} if otherwise is None else {"otherwise": _the_route(otherwise, read)}


def _written_otherwise(value: Value, start: str, write: Write) -> Iterator[str]:
    if "otherwise" in value:
        yield f"{start}otherwise"
        yield from write(value["otherwise"], start + INDENT)


def _when(line: Line) -> Value:
    conditions: list[dict[str, Any]] = []
    for child in line.children:
        if child.word == "when":
            try:
                conditions += parse_conditions(child.raw.partition(" ")[2])
            except NotationProblem as problem:
                raise child.problem(str(problem).partition(": ")[2]) from None
    return {"conditions": conditions} if conditions else {}


def _written_when(value: Value, start: str) -> Iterator[str]:
    for condition in value.get("conditions", ()):
        yield f"{start}when {render_conditions([condition])}"


def _the_route(line: Line, read: Read, *parts: str) -> Value:
    """The route of a block: what is none of its other parts."""
    others = _others(line, *parts)
    return read(others)


def _others(line: Line, *parts: str) -> list[Line]:
    others = [child for child in line.children if child.word not in parts]
    if not others:
        raise line.problem(f"“{line.word}” needs members: further lines, indented below it.")
    return others


def _only(line: Line, *words: str) -> None:
    for child in line.children:
        if child.word not in words:
            raise child.problem(f"“{line.word}” holds lines that begin with {', '.join(words)}.")


def _one(line: Line, word: str) -> Line | None:
    found = [child for child in line.children if child.word == word]
    if len(found) > 1:
        raise found[1].problem(f"only one “{word}” can stand here.")
    return found[0] if found else None


def _choice(line: Line, known: tuple[str, ...]) -> str:
    if line.rest not in known:
        raise line.problem(f"“{line.word}” takes one of {', '.join(known)}.")
    return line.rest


def _weight(line: Line, weight: int) -> int:
    if weight > MAX_WEIGHT:
        raise line.problem(f"a weight is at most {MAX_WEIGHT}.")
    return weight


def _name_of(line: Line, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise line.problem(f"write “{line.word} NAME”, of letters, digits, dots and dashes.")
    return name
