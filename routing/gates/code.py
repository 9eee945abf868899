"""Whether an answer parses as SQL or as JavaScript, by parsers that an installation may have (extra `gates`).

Both look at what stands in the first fence, or at all of it where there is none. Nothing is run.
"""

from functools import cache
from importlib.util import find_spec
from typing import Any

from routing.core.gates.contract import Answer, Said, Settings, failed, passed
from routing.core.gates.shape import MAX_CODE_CHARS, fenced

NEEDED = {"sql": ("sqlglot",), "javascript": ("tree_sitter", "tree_sitter_javascript")}
MAX_STATEMENTS = 200


def sql(answer: Answer, settings: Settings) -> Said:
    """Every statement of it parses in the dialect, and each is one."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    code = _code(answer)
    if isinstance(code, Said):
        return code
    try:
        statements = sqlglot.parse(code, read=str(settings["dialect"]))
    except (SqlglotError, RecursionError) as error:
        place = getattr(error, "errors", None)
        line = f" in line {place[0].get('line')}" if place else ""
        return failed(f"a syntax error{line}")
    found = [statement for statement in statements[:MAX_STATEMENTS] if statement is not None]
    kinds = (exp.Query, exp.DDL, exp.DML, exp.Drop, exp.Alter, exp.Merge)
    if not found or not all(isinstance(statement, kinds) for statement in found):
        return failed("it holds what is no statement")
    return passed(f"{len(found)} statements")


def javascript(answer: Answer, settings: Settings) -> Said:
    """It parses without an error."""
    code = _code(answer)
    if isinstance(code, Said):
        return code
    root = _parser().parse(code.encode("utf-8", "surrogatepass")).root_node
    return failed("a syntax error") if root.has_error else passed()


def dialect_problem(name: str) -> str | None:
    """What is wrong with a dialect of SQL; None where it is known."""
    from sqlglot.dialects.dialect import Dialects

    known = sorted(dialect.value for dialect in Dialects if dialect.value)
    return None if name in known else f"“{name}” is no dialect of SQL; there are {', '.join(known)}."


def missing(gate: str) -> str | None:
    """What this installation lacks for a gate; None where it can be asked."""
    lacking = [module for module in NEEDED.get(gate, ()) if find_spec(module) is None]
    return f"The gate “{gate}” needs the extra `gates`, which is not installed." if lacking else None


def _code(answer: Answer) -> str | Said:
    code = fenced(answer.text).strip()
    if not code:
        return failed("there is no code")
    if len(code) > MAX_CODE_CHARS:
        return failed(f"more than {MAX_CODE_CHARS} characters of code are not parsed")
    return code


@cache
def _parser() -> Any:
    import tree_sitter_javascript
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_javascript.language()))
