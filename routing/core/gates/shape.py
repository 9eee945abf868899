"""Whether an answer has the shape that was asked for: said at all, its length, a number, Python."""

import ast
import warnings
from decimal import Decimal

from routing.core.answers import number_in
from routing.core.gates.contract import Answer, Said, Settings, failed, passed

MAX_CODE_CHARS = 100_000
REFUSALS = (
    "i can't help",
    "i cannot help",
    "i can't assist",
    "i cannot assist",
    "i'm sorry, but i can",
    "i am sorry, but i can",
    "i'm unable to",
    "i am unable to",
    "i won't be able to",
    "as an ai",
    "je ne peux pas",
    "ich kann dabei nicht",
    "lo siento, pero no puedo",
)
MAX_REFUSAL_CHARS = 400  # a longer answer that begins like one goes on to answer
REFUSING_FINISH = frozenset({"content_filter", "refusal"})


def answered(answer: Answer, settings: Settings) -> Said:
    """There is something, and it is no refusal."""
    if answer.refusal or answer.finish_reason in REFUSING_FINISH:
        return failed("it is a refusal")
    text = answer.text.strip()
    if not text:
        return failed("it is empty")
    said = text.replace("\u2019", "'").casefold()
    if len(said) <= MAX_REFUSAL_CHARS and said.startswith(REFUSALS):
        return failed("it reads as a refusal")
    return passed()


def complete(answer: Answer, settings: Settings) -> Said:
    """It came to its own end."""
    return failed("it was cut at its length") if answer.finish_reason == "length" else passed()


def length(answer: Answer, settings: Settings) -> Said:
    """Characters, between two bounds."""
    chars, least, most = len(answer.text.strip()), int(settings["least"]), int(settings.get("most", 0))
    if chars < least or (most and chars > most):
        return failed(f"{chars} characters are not between {least} and {most or 'any'}")
    return passed(f"{chars} characters")


def number(answer: Answer, settings: Settings) -> Said:
    """The number that it gives is within two bounds."""
    found = number_in(answer.text)
    if found is None:
        return failed("it holds no number")
    if not Decimal(str(settings["least"])) <= found <= Decimal(str(settings["most"])):
        return failed(f"its number is not between {settings['least']} and {settings['most']}")
    return passed()


def python(answer: Answer, settings: Settings) -> Said:
    """It parses as Python; where it has a fence, what stands in it."""
    code = fenced(answer.text)
    if not code.strip():
        return failed("there is no code")
    if len(code) > MAX_CODE_CHARS:
        return failed(f"more than {MAX_CODE_CHARS} characters of code are not parsed")
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(code)
    except SyntaxError as error:
        return failed(f"a syntax error in line {error.lineno}")
    except (ValueError, RecursionError, MemoryError, SystemError):  # the last by a defect of CPython 3.11
        return failed("it can't be parsed")
    return passed()


def fenced(text: str) -> str:
    """What stands in the first fence of a text; all of it where there is none."""
    _, mark, rest = text.partition("```")
    if not mark:
        return text
    return rest.partition("\n")[2].partition("```")[0]
