"""What `./run demo` prints once everything answers: where to look, and five things to try."""

import json
from pathlib import Path

from signalbox.demo import catalogue
from signalbox.demo.state import LOGINS, State

ROLES = {
    "admin": "models, keys, teams and budgets",
    "author": "writes policies and the matrix",
    "approver": "approves what others propose; a proposal waits",
    "auditor": "reads and exports everything, changes nothing",
}


def text(state: State, directory: Path) -> str:
    base = f"http://localhost:{state.web_port}"
    logins = [f"    {login:<9} {state.passwords[login]:<18} {ROLES[login]}" for login in LOGINS]
    lines = [
        "",
        f"Signalbox is up: {base}/admin/",
        "",
        *logins,
        "",
        f"    API       {base}/v1   (documented at {base}/v1/docs)",
        f"    API key   {state.api_key}",
        "",
    ]
    for title, command in examples(state):
        lines += [f"  {title}", "", *(f"    {line}" for line in command.splitlines()), ""]
    lines.append(f"State and logs: {directory}. Ctrl-C stops everything; ./run demo --reset starts over.")
    return "\n".join(lines)


def examples(state: State) -> list[tuple[str, str]]:
    """(what it shows, the command)."""
    fail = f"[[demo:fail_model={catalogue.upstream_id('demo-frontier')}]] Hello"
    return [
        (
            "Ask something: a policy picks the model, a budget pays, the register remembers.",
            _curl(state, _body("auto", "Hello, Signalbox")),
        ),
        (
            "The same about restricted data, for which the matrix approves no model: refused.",
            _curl(state, _body("auto", "Hello"), "x-signalbox-data-class: restricted"),
        ),
        (
            "A model that fails, so that the next one answers (x-signalbox-attempts: 3), streamed.",
            _curl(state, _body("auto", fail, stream=True), "x-signalbox-task: code", options="-isN"),
        ),
        (
            "A cheap model first, whose answer a judge refuses: the dear one is asked (attempts: 3).",
            _curl(state, _body("careful", "A hard question: why do trains stop?"), options="-is"),
        ),
        (
            "A budget of two cents a day: run it until it is spent.",
            _curl(state, _body("thrifty", "[[demo:tokens=2000]]"), key=state.small_budget_key),
        ),
    ]


def _body(model: str, content: str, **more: object) -> str:
    return json.dumps({"model": model, "messages": [{"role": "user", "content": content}], **more})


def _curl(state: State, body: str, *headers: str, options: str = "-s", key: str = "") -> str:
    parts = [
        f"curl {options} http://localhost:{state.web_port}/v1/chat/completions",
        f"-H 'authorization: Bearer {key or state.api_key}'",
        *(f"-H '{header}'" for header in ("content-type: application/json", *headers)),
        f"-d '{body}'",
    ]
    return " \\\n  ".join(parts)
