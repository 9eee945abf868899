"""The first steps of a dossier: who asked, what was known, what was decided and held."""

from collections.abc import Callable
from typing import Any

from audit.selectors import knob_words, words
from audit.selectors.sources import Sources
from audit.selectors.story import Cell, Step, Table, instant, json_list, plain


def asked(found: Sources) -> Step:
    request = found.request
    says = (
        f"{request.application or 'An unknown application'} of team {request.team or 'unknown'} asked for "
        f"“{request.requested or 'nothing by name'}” with the key {request.api_key or 'unknown'}."
    )
    person = _person(found)
    if person:
        says += f" {person} sent it from the playground."
    details = (
        ("Accepted", instant(request.accepted_at)),
        ("Operation", f"{request.operation}, {'streamed' if request.stream else 'in one piece'}"),
        ("End user", request.end_user or "not told"),
        ("Task", request.task or "not told"),
        ("Tags", ", ".join(json_list(request.tags)) or "none"),
    )
    return Step("asked", "Who asked", says, details)


def _person(found: Sources) -> str:
    """Who sent it by hand, as the application; “” where the application did."""
    whos = (found.told(kind).get("who", {}) for kind in ("request.accepted", "request.refused"))
    return next((str(who["person"]) for who in whos if who.get("person")), "")


def known(found: Sources) -> Step:
    request = found.request
    if request.data_class_declared:
        says = f"The data was declared {request.data_class_declared} and treated as {request.data_class}."
    else:
        says = f"The data was not labelled, and was treated as {request.data_class or 'unknown'}."
    says += _detected(found)
    hidden = {"request_id", "team", "application", "api_key"}
    details = [
        (words.fact(name), _SAID.get(name, plain)(value))
        for name, value in sorted(found.facts.items())
        if name not in hidden
    ]
    live = {name: value for name, value in found.live.items() if name != "now_us"}
    details += [(f"At that moment: {words.fact(name).lower()}", plain(value)) for name, value in live.items()]
    return Step("known", "What was known", says, tuple(details))


def _detected(found: Sources) -> str:
    """What detection said, as a further sentence; facts name detectors and counts, never values."""
    counted = found.facts.get("detections") or []
    if not counted:
        return ""
    listed = ", ".join(f"{name.replace('_', ' ')} ({count})" for name, _, count in _parted(counted))
    says = f" Detection found {listed}"
    if found.request.data_class_detected:
        says += f", which is {found.request.data_class_detected} data"
    redacted = found.facts.get("redacted") or []
    if redacted:
        names = ", ".join(name.replace("_", " ") for name in redacted)
        says += f"; replaced by placeholders before anything left: {names}"
    return says + "."


def _parted(counted: list[str]) -> list[tuple[str, str, str]]:
    return [entry.rpartition(":") for entry in counted]


def decided(found: Sources) -> Step:
    request, decision = found.request, found.decision
    release = (
        found.told("request.accepted").get("release") or found.told("request.refused").get("release") or {}
    )
    details: tuple[tuple[str, str], ...] = (
        ("Policy", request.policy or "none"),
        ("Rule", request.rule or "none"),
        ("Release", "none" if request.release_number is None else str(request.release_number)),
        ("Digest of the release", str(release.get("sha256", "not told"))),
    )
    if decision.get("kind") == "refusal":
        why = words.reason(decision.get("reason", ""), decision.get("detail", ""))
        return Step("decided", "What was decided", f"It was refused: {why}.", details, tone="bad")
    calls = _calls(decision.get("root"))
    if not calls:
        return Step("decided", "What was decided", "No decision is recorded.", details)
    details += tuple(knob_words.remark(each) for each in decision.get("remarks", ()))
    first, *others = calls
    says = f"Policy {request.policy}, rule “{request.rule}”: "
    if _is_nested(decision.get("root")):
        says += f"a route of several models, that may call {', '.join(dict.fromkeys(calls))}."
    else:
        says += f"call {first}" + (f", and where that fails {', then '.join(others)}." if others else ".")
    return Step("decided", "What was decided", says, details)


def candidates(found: Sources) -> Step:
    listed, further = found.decision.get("candidates", []), found.decision.get("further_candidates", {})
    if not listed:
        return Step("candidates", "Who was a candidate", "No deployment came into question.")
    rows = [_candidate(name, *why) for name, *why in listed]
    rows += [
        _candidate(f"{count} more", *([] if code == "able" else [code]))
        for code, count in sorted(further.items())
    ]
    named = len(listed) + sum(further.values())
    able = sum(1 for candidate in listed if len(candidate) == 1) + further.get("able", 0)
    table = Table("Candidates of the route", ("Deployment", "Verdict", "Why"), tuple(rows))
    return Step(
        "candidates", "Who was a candidate", f"The route named {named}; {able} could serve.", table=table
    )


def _candidate(name: str, *why: str) -> tuple[Cell, ...]:
    if not why:
        return (Cell(name), Cell("able", "good"), Cell("it may serve this request"))
    return (Cell(name), Cell("excluded", "bad"), Cell(words.reason(*why)))


def reserved(found: Sources) -> Step:
    nano = found.request.worst_case_nano
    if not nano:
        return Step("reserved", "What was reserved", "Nothing was held.")
    says = f"{words.usd(nano)} was held: the worst case of the whole plan, before anything was spent."
    epoch = found.request.reserved_epoch
    details = (("Epoch of the counters", "none" if epoch is None else str(epoch)),)
    return Step("reserved", "What was reserved", says, details)


_SAID: dict[str, Callable[[Any], str]] = {"scores": words.scores, "knobs": knob_words.knobs}


def _calls(node: Any) -> list[str]:
    """The deployments of a plan, in the order in which they would be called."""
    if not isinstance(node, dict):
        return []
    if "deployment" in node:
        return [str(node["deployment"])]
    return [name for part in _parts(node) for name in _calls(part)]


def _is_nested(node: Any) -> bool:
    """Whether any of its nodes is more than a call, or others after it."""
    return isinstance(node, dict) and ("node" in node or any(_is_nested(part) for part in _parts(node)))


def _parts(node: dict[str, Any]) -> list[Any]:
    """Whatever stands below a node, by whichever name."""
    below = [item for value in node.values() for item in (value if isinstance(value, list) else [value])]
    return [item for item in below if isinstance(item, dict)]
