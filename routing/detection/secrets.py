"""Keys and tokens: those that name their maker in their first letters, and long mixed values that are
assigned to a name such as `password`.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator

from routing.detection.finding import SEPARATOR, Finding, Kind

MAX_KEY_BLOCK_CHARS = 16_384
MIN_ENTROPY_BITS = 2.5  # a character
# (detector, what must be in the text for the pattern to be tried, pattern). Each pattern begins with the
# literal text and then looks back for the boundary, so that it is tried once for each time that occurs.
_END = r"(?![A-Za-z0-9_\-])"
_PATTERNS: tuple[tuple[str, str, "re.Pattern[str]"], ...] = tuple(
    (detector, literal, re.compile(re.escape(literal) + rf"(?<![A-Za-z0-9_\-]{re.escape(literal)})" + rest))
    for detector, literal, rest in (
        ("aws_key", "AKIA", r"[A-Z2-7]{16}(?![A-Za-z0-9])"),
        ("aws_key", "ASIA", r"[A-Z2-7]{16}(?![A-Za-z0-9])"),
        ("github_token", "gh", r"[pousr]_[A-Za-z0-9]{36,251}" + _END),
        ("github_token", "github_pat_", r"[A-Za-z0-9_]{50,200}" + _END),
        ("slack_token", "xox", r"[abeoprs](?:\.xox[bp])?-[A-Za-z0-9\-]{10,250}" + _END),
        ("llm_key", "sk-", r"(?=[A-Za-z_\-]{0,80}[0-9])[A-Za-z0-9_\-]{20,250}" + _END),
        ("llm_key", "gsk_", r"[A-Za-z0-9]{40,80}" + _END),
        ("llm_key", "hf_", r"[A-Za-z]{30,50}" + _END),
        ("google_key", "AIza", r"[A-Za-z0-9_\-]{35}" + _END),
        ("stripe_key", "sk_live_", r"[A-Za-z0-9]{16,250}" + _END),
        ("stripe_key", "rk_live_", r"[A-Za-z0-9]{16,250}" + _END),
        ("signalbox_key", "sb-", r"[a-z2-7]{12}-[A-Za-z0-9_\-]{43}" + _END),
        ("jwt", "eyJ", r"[A-Za-z0-9_\-]{8,8192}\.eyJ[A-Za-z0-9_\-]{8,16384}\.[A-Za-z0-9_\-]{16,2048}" + _END),
    )
)
# Whatever _PATTERNS find is a word of at least so many characters.
_LONG_WORD = b"x" * 20
_WORD_OR_NOT = bytes(
    120 if chr(byte) in "-_" or (byte < 128 and chr(byte).isalnum()) else 32 for byte in range(256)
)
_KEY_BEGINS = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_NAMES = (b"passw", b"pwd", b"secret", b"token", b"key")  # one of them is part of every name of _NAMED
_NAMED = re.compile(
    r"(?:passw(?:or)?d|passwd|pwd|secret|token|api[_\- ]?key|access[_\- ]?key|private[_\- ]?key)"
    r"[\w\-]{0,16}[\"']?\s{0,3}\Z",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(r"[:=](?![:=])>?\s{0,3}[\"']?([A-Za-z0-9_\-./+=~!@#$%^&*]{8,256})")
MAX_NAME_CHARS = 48


def find(text: str, latin: bytes) -> Iterator[Finding]:
    """`latin` is the text in Latin-1, with anything else replaced."""
    if _LONG_WORD in latin.translate(_WORD_OR_NOT):
        for detector, literal, pattern in _PATTERNS:
            if literal in text:
                for found in pattern.finditer(text):
                    yield Finding(detector, Kind.SECRET, *found.span())
    if "-----BEGIN" in text:
        yield from _key_blocks(text)
    if ":" in text or "=" in text:
        lower = latin.lower()
        if any(name in lower for name in _NAMES):
            yield from _assigned(text)


def _key_blocks(text: str) -> Iterator[Finding]:
    """From BEGIN to END, or, where there is no END, as far as a block can go."""
    place = 0
    while (begin := _KEY_BEGINS.search(text, place)) is not None:
        limit = min(len(text), begin.end() + MAX_KEY_BLOCK_CHARS)
        other_text = text.find(SEPARATOR, begin.end(), limit)
        limit = limit if other_text < 0 else other_text
        end_line = text.find("-----END", begin.end(), limit)
        close = text.find("-----", end_line + len("-----END"), limit) if end_line >= 0 else -1
        place = close + len("-----") if close >= 0 else limit
        yield Finding("private_key", Kind.SECRET, begin.start(), place)


def _assigned(text: str) -> Iterator[Finding]:
    for found in _ASSIGNED.finditer(text):
        name = text[max(0, found.start() - MAX_NAME_CHARS) : found.start()]
        if _is_random(found[1]) and _NAMED.search(name):
            yield Finding("assigned_secret", Kind.SECRET, *found.span(1))


def _is_random(value: str) -> bool:
    """Letters and digits, and no character that fills it: what a generator makes, or a careful person."""
    if not (any(c.isdigit() for c in value) and any(c.isalpha() for c in value)):
        return False
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares) >= MIN_ENTROPY_BITS
