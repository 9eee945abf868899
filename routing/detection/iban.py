"""Bank accounts: a country, its length, and ISO 7064's mod 97."""

import re
from collections.abc import Iterator

from routing.detection.checksums import iban_mod97
from routing.detection.finding import Finding, Kind

LENGTHS = {
    "AD": 24,
    "AE": 23,
    "AL": 28,
    "AT": 20,
    "AZ": 28,
    "BA": 20,
    "BE": 16,
    "BG": 22,
    "BH": 22,
    "BI": 27,
    "BR": 29,
    "BY": 28,
    "CH": 21,
    "CR": 22,
    "CY": 28,
    "CZ": 24,
    "DE": 22,
    "DJ": 27,
    "DK": 18,
    "DO": 28,
    "EE": 20,
    "EG": 29,
    "ES": 24,
    "FI": 18,
    "FK": 18,
    "FO": 18,
    "FR": 27,
    "GB": 22,
    "GE": 22,
    "GI": 23,
    "GL": 18,
    "GR": 27,
    "GT": 28,
    "HR": 21,
    "HU": 28,
    "IE": 22,
    "IL": 23,
    "IQ": 23,
    "IS": 26,
    "IT": 27,
    "JO": 30,
    "KW": 30,
    "KZ": 20,
    "LB": 28,
    "LC": 32,
    "LI": 21,
    "LT": 20,
    "LU": 20,
    "LV": 21,
    "LY": 25,
    "MC": 27,
    "MD": 24,
    "ME": 22,
    "MK": 19,
    "MN": 20,
    "MR": 27,
    "MT": 31,
    "MU": 30,
    "NI": 28,
    "NL": 18,
    "NO": 15,
    "OM": 23,
    "PK": 24,
    "PL": 28,
    "PS": 29,
    "PT": 25,
    "QA": 29,
    "RO": 24,
    "RS": 22,
    "RU": 33,
    "SA": 24,
    "SC": 31,
    "SD": 18,
    "SE": 24,
    "SI": 19,
    "SK": 24,
    "SM": 27,
    "SO": 23,
    "ST": 25,
    "SV": 28,
    "TL": 23,
    "TN": 24,
    "TR": 26,
    "UA": 29,
    "VA": 22,
    "VG": 24,
    "XK": 20,
    "YE": 30,
}
# It begins with a digit, which is quick to look for, and then asks for what stands before.
_HEAD = re.compile(
    r"[0-9](?<=[A-Za-z]{2}[0-9])(?<![A-Za-z0-9][A-Za-z]{2}[0-9])[0-9](?=[ .\-]{0,2}[A-Za-z0-9])"
)
_SEPARATORS = " .-"
_WITHOUT_SEPARATORS = str.maketrans("", "", _SEPARATORS)
MAX_SEPARATORS_IN_A_ROW = 2


def find(text: str) -> Iterator[Finding]:
    for head in _HEAD.finditer(text):
        start = head.start() - 2
        end = _end(text, start)
        if end:
            yield Finding("iban", Kind.PAYMENT, start, end)


def _end(text: str, start: int) -> int:
    """Where the account that begins at `start` ends; 0 where there is none."""
    wanted = LENGTHS.get(text[start : start + 2].upper())
    if wanted is None:
        return 0
    length, end, separators = 0, start, 0
    while length < wanted:
        character = text[end : end + 1]
        if character.isascii() and character.isalnum():
            length, separators = length + 1, 0
        elif character and character in _SEPARATORS and separators < MAX_SEPARATORS_IN_A_ROW:
            separators += 1
        else:
            return 0
        end += 1
    if text[end : end + 1].isalnum():
        return 0
    return end if iban_mod97(text[start:end].translate(_WITHOUT_SEPARATORS).upper()) else 0
