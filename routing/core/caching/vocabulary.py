"""English words that turn a meaning round, and those that are only how a question is put.

Of other languages nothing is known here, so nothing of theirs is passed over: only questions whose words are
the same are near.
"""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEGATIONS = _words("""
    not no never none nobody nothing nowhere neither nor without cannot except unless instead hardly
    barely false wrong non
""")
TURNS = _words("""
    more less most least fewer fewest before after above below over under up down left right in out
    on off into from to by with for against until since between within outside inside during than as
    at of increase decrease increasing decreasing maximum minimum max min largest smallest biggest
    higher lower highest lowest longest shortest oldest newest older newer better worse best worst
    first last next previous earliest latest all any some every each only always sometimes both
    either few many much also still again yet too very if when while because although but or and
    then same other another different true correct positive negative enable disable include exclude
    add remove open close start stop buy sell was were did had will would should could can may might
    must shall been being ago today yesterday tomorrow now i you he she it we they me him her us
    them my your his its our their mine yours who whom whose which what where why how
""")
NUMBERS = _words("""
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred thousand million billion trillion dozen half third quarter double triple twice once
    second fourth fifth sixth seventh eighth ninth tenth couple pair single
""")
PASSED_OVER = _words("is are am do does be the an please kindly")
A_BEFORE = _words("few little bit lot")  # where the article says something

_ASKS = r"(?= (?:what|who|whom|whose|which|where|when|why|how)\b)"
POLITE_FIRST = re.compile(
    r"\A\s*(?:(?:hi|hello|hey|greetings|good (?:morning|afternoon|evening|day))(?: there)?(?=\W|$)"
    r"|(?:please|kindly|thanks|thank you)(?=\W|$)"
    r"|(?:can|could|would|will) you (?:please |kindly )?(?:tell me|let me know)(?=\W|$)"
    r"|(?:can|could|would|will) you (?:please|kindly)(?=\W|$)"
    rf"|(?:please )?(?:tell me|let me know){_ASKS}"
    r"|i (?:would like|want|need|wish) to know(?=\W|$)"
    r"|i (?:was|am) wondering(?=\W|$)"
    rf"|do you know{_ASKS})[\s,.!:;]*",
    re.IGNORECASE,
)
POLITE_LAST = re.compile(
    r"[\s,.!?;-]*\b(?:please|kindly|thanks(?: a lot| so much| in advance)?"
    r"|thank you(?: very much| so much| in advance)*)[\s.!?]*\Z",
    re.IGNORECASE,
)
CONTRACTED = (
    (re.compile(r"\bcan't\b", re.IGNORECASE), "can not"),
    (re.compile(r"\bcannot\b", re.IGNORECASE), "can not"),
    (re.compile(r"\bwon't\b", re.IGNORECASE), "will not"),
    (re.compile(r"\bshan't\b", re.IGNORECASE), "shall not"),
    (re.compile(r"\b(what|where|who|how|when|that|it|there|here|why)'s\b", re.IGNORECASE), r"\1 is"),
    (re.compile(r"(?<=\w)n't\b", re.IGNORECASE), " not"),
    (re.compile(r"(?<=\w)'re\b", re.IGNORECASE), " are"),
    (re.compile(r"(?<=\w)'ll\b", re.IGNORECASE), " will"),
    (re.compile(r"(?<=\w)'ve\b", re.IGNORECASE), " have"),
    (re.compile(r"(?<=\w)'m\b", re.IGNORECASE), " am"),
    (re.compile(r"(?<=\w)'d\b", re.IGNORECASE), " would"),
)
