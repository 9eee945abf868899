"""An outline as a tree of lines: what stands further in belongs to the line above it."""

import json
import re
from dataclasses import dataclass, field

from routing.core.notation.problem import NotationProblem

MAX_LINES = 300
INDENT = "  "
_WEIGHT = re.compile(r"(\d{1,7})\s*:\s*")


@dataclass(slots=True)
class Line:
    """`text` has its spaces folded; `raw` is as it was written, for prompts and expressions."""

    number: int
    indent: int
    text: str
    raw: str
    weight: int | None = None
    children: list["Line"] = field(default_factory=list)

    @property
    def word(self) -> str:
        return self.text.partition(" ")[0]

    @property
    def rest(self) -> str:
        return self.text.partition(" ")[2]

    def problem(self, message: str) -> NotationProblem:
        return NotationProblem(self.number, message)


def lines_of(text: str) -> list[Line]:
    found = []
    for number, raw in enumerate(text.expandtabs(2).split("\n"), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        weight = _WEIGHT.match(line)
        body = line[weight.end() :] if weight else line
        indent = len(raw.rstrip()) - len(raw.strip())
        found.append(Line(number, indent, " ".join(body.split()), body, int(weight[1]) if weight else None))
        if len(found) > MAX_LINES:
            raise NotationProblem(number, f"a route has at most {MAX_LINES} lines.")
    return found


def tree_of(lines: list[Line]) -> list[Line]:
    root = Line(0, -1, "", "")
    above = [root]
    for line in lines:
        while above[-1].indent >= line.indent:
            above.pop()
        siblings = above[-1].children
        if siblings and siblings[0].indent != line.indent:
            raise line.problem("its indentation fits no line above it.")
        siblings.append(line)
        above.append(line)
    return root.children


def free_text(line: Line, words: int = 1) -> str:
    """What stands behind the first `words` words of a line: as it is, or a JSON string."""
    parts = line.raw.split(None, words)
    text = parts[words] if len(parts) > words else ""
    if not text.startswith('"'):
        return " ".join(text.split())
    try:
        given = json.loads(text)
    except ValueError:
        raise line.problem("what begins with a quotation mark must be a JSON string.") from None
    return given if isinstance(given, str) else text


def written(text: str) -> str:
    """As `free_text` reads it back."""
    plain = text and not text.startswith('"') and text == " ".join(text.split())
    return text if plain else json.dumps(text, ensure_ascii=False)
