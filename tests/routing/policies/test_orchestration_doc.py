"""The page about routes is right: every example is read, and the gates are those that there are."""

import re
from pathlib import Path

import pytest

from routing.core.document import route_from
from routing.core.gates.catalogue import KINDS
from routing.core.notation import parse_route, render_route

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "orchestration.md").read_text()
EXAMPLES = re.findall(r"```route\n(.*?)```", PAGE, re.DOTALL)
NODES = {
    *("fallback", "balance", "cascade", "ensemble", "pipeline", "verify"),
    *("classify", "hedge", "experiment", "tiers"),
}


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.partition("\n")[0])
def test_each_example_is_a_route(text):
    value = parse_route(text)
    assert parse_route(render_route(value)) == value
    assert route_from(value)


def test_every_node_has_an_example():
    assert {text.split()[0] for text in EXAMPLES} | {"balance"} == NODES


def test_the_gates_are_those_that_there_are():
    rows = [
        f"| `{' '.join([name, *(setting.upper() for setting, _ in kind.settings)])}` | {kind.words} |"
        for name, kind in KINDS.items()
    ]
    assert "\n".join(rows) in PAGE
