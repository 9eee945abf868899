"""National identity numbers: one row each. A number whose check is weak counts only in the grouping that
people write it in, or near a word that names it; a nine-digit order number is nobody's social security.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from routing.detection.checksums import iso7064_mod11_10, luhn, verhoeff, weighted
from routing.detection.dates import ddmmyy, yymmdd, yyyymmdd
from routing.detection.finding import Finding, Kind
from routing.detection.numbers import Window

CONTEXT_CHARS = 48
_FI_CHECK = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_ES_CHECK = "TRWAGMYFPDXBNJZSQVHLCKE"
_IE_CHECK = "WABCDEFGHIJKLMNOPQRSTUV"
_CN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CN_CHECK = "10X98765432"


@dataclass(frozen=True, slots=True)
class National:
    """`shapes` are groupings in which the number is taken for what it is; `near` are words that make it so
    in any grouping. `before` and `after` match letters that belong to the number.
    """

    detector: str
    digits: int
    check: Callable[[str, str, str], bool]  # of the digits and of the letters before and after
    shapes: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    before: "re.Pattern[str] | None" = field(default=None)
    after: "re.Pattern[str] | None" = field(default=None)


def find(text: str, window: Window) -> Iterator[Finding]:
    """Those numbers that `window` is."""
    for national in _BY_DIGITS.get(len(window.digits), ()):
        if national.near or window.shape in national.shapes:
            span = _span(text, window, national)
            if span is not None:
                yield Finding(national.detector, Kind.PERSONAL, *span)


def can_be(shape: str, digits: int) -> bool:
    """Whether some number is grouped like this, or may be grouped in any way."""
    return any(national.near or shape in national.shapes for national in _BY_DIGITS.get(digits, ()))


def _span(text: str, window: Window, national: National) -> tuple[int, int] | None:
    start, end, before, after = window.start, window.end, "", ""
    if national.before is not None:
        found = national.before.search(text, max(0, start - 4), start)
        if found is None:
            return None
        start, before = found.start(1), found[1]
    if national.after is not None:
        found = national.after.match(text, end, end + 5)
        if found is None:
            return None
        end, after = found.end(1), found[1]
    if text[start - 1 : start].isalnum() or text[end : end + 1].isalnum():
        return None
    if not national.check(window.digits, before.upper(), after.upper()):
        return None
    return (start, end) if window.shape in national.shapes or _named(text, start, window, national) else None


def _named(text: str, start: int, window: Window, national: National) -> bool:
    if not (national.near and (window.whole or len(window.shape) == 1)):
        return False
    said = text[max(0, start - CONTEXT_CHARS) : start].casefold()
    return any(word in said for word in national.near)


def _us_ssn(digits: str, before: str, after: str) -> bool:
    return (
        digits[:3] not in ("000", "666") and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"
    )


def _uk_nino(digits: str, before: str, after: str) -> bool:
    letters_known = before[0] not in "DFIQUV" and before[1] not in "DFIQUVO"
    return letters_known and before not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")


def _de_tax_id(digits: str, before: str, after: str) -> bool:
    """Of the first ten digits one occurs twice or thrice, and the others differ."""
    body = digits[:10]
    most = max(body.count(digit) for digit in set(body))
    varied = (most, len(set(body))) in ((2, 9), (3, 8))
    return digits[0] != "0" and varied and iso7064_mod11_10(digits)


def _fr_nir(digits: str, before: str, after: str) -> bool:
    known = digits[0] in "123478" and (1 <= int(digits[3:5]) <= 12 or 20 <= int(digits[3:5]) <= 42)
    return known and 97 - int(digits[:13]) % 97 == int(digits[13:])


def _es_dni(digits: str, before: str, after: str) -> bool:
    return _ES_CHECK[int(digits) % 23] == after


def _es_nie(digits: str, before: str, after: str) -> bool:
    return _ES_CHECK[int(str("XYZ".index(before)) + digits) % 23] == after


def _nl_bsn(digits: str, before: str, after: str) -> bool:
    return int(digits) > 0 and weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def _be_national(digits: str, before: str, after: str) -> bool:
    body, check = digits[:9], int(digits[9:])
    checks = (97 - int(body) % 97, 97 - int("2" + body) % 97)
    return yymmdd(digits) and check in checks


def _pl_pesel(digits: str, before: str, after: str) -> bool:
    """Twenty, forty, sixty or eighty on the month is another century."""
    month = int(digits[2:4]) % 20
    born = digits[:2] + f"{month:02}" + digits[4:6]
    return yymmdd(born) and weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def _se_personal(digits: str, before: str, after: str) -> bool:
    ten = digits[-10:]
    return (
        yymmdd(ten, day_offset=60) and luhn(ten) and (len(digits) == 10 or digits[:2] in ("18", "19", "20"))
    )


def _fi_personal(digits: str, before: str, after: str) -> bool:
    """`after` is the century, the serial number and the check character."""
    serial, check = after[1:4], after[4]
    return ddmmyy(digits) and int(serial) >= 2 and _FI_CHECK[int(digits + serial) % 31] == check


def _fi_dashed(digits: str, before: str, after: str) -> bool:
    return ddmmyy(digits) and int(digits[6:]) >= 2 and _FI_CHECK[int(digits) % 31] == after


def _no_national(digits: str, before: str, after: str) -> bool:
    first = weighted(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    second = weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11
    return first == second == 0 and (ddmmyy(digits) or ddmmyy(f"{int(digits[0]) % 4}{digits[1:]}"))


def _ch_ahv(digits: str, before: str, after: str) -> bool:
    return digits.startswith("756") and weighted(digits, (1, 3) * 6 + (1,)) % 10 == 0


def _ie_pps(digits: str, before: str, after: str) -> bool:
    second = _IE_CHECK.find(after[1]) if len(after) == 2 else 0
    return second >= 0 and _IE_CHECK[(weighted(digits, range(8, 1, -1)) + 9 * second) % 23] == after[0]


def _br_cpf(digits: str, before: str, after: str) -> bool:
    first = weighted(digits[:9], range(10, 1, -1)) * 10 % 11 % 10
    second = weighted(digits[:10], range(11, 1, -1)) * 10 % 11 % 10
    return len(set(digits)) > 1 and digits[9:] == f"{first}{second}"


def _ca_sin(digits: str, before: str, after: str) -> bool:
    return digits[0] not in "08" and luhn(digits)


def _in_aadhaar(digits: str, before: str, after: str) -> bool:
    return digits[0] not in "01" and verhoeff(digits)


def _cn_resident(digits: str, before: str, after: str) -> bool:
    check = after or digits[17]
    return yyyymmdd(digits[6:14]) and _CN_CHECK[weighted(digits[:17], _CN_WEIGHTS) % 11] == check


def _letters(pattern: str) -> "re.Pattern[str]":
    return re.compile(pattern, re.IGNORECASE | re.ASCII)


NATIONALS: tuple[National, ...] = (
    National("us_ssn", 9, _us_ssn, ("324",), ("ssn", "social security")),
    National(
        *("uk_nino", 6, _uk_nino, ("6", "222")),
        before=_letters(r"([A-Z]{2})[ \-]?\Z"),
        after=_letters(r"[ \-]?([A-D])"),
    ),
    National("de_tax_id", 11, _de_tax_id, ("B", "2333")),
    National("fr_nir", 15, _fr_nir, ("F", "1222332", "D2")),
    National("es_dni", 8, _es_dni, ("8", "233"), after=_letters(r"[ \-]?([A-Z])")),
    National(
        *("es_dni", 7, _es_nie, ("7",)),
        before=_letters(r"([XYZ])[ \-]?\Z"),
        after=_letters(r"[ \-]?([A-Z])"),
    ),
    National("nl_bsn", 9, _nl_bsn, (), ("bsn", "burgerservice", "sofinummer")),
    National("be_national", 11, _be_national, ("B", "22232")),
    National("pl_pesel", 11, _pl_pesel, ("B",)),
    National("se_personal", 10, _se_personal, ("64",), ("personnummer", "personal identity")),
    National("se_personal", 12, _se_personal, ("84", "C")),
    National("fi_personal", 6, _fi_personal, ("6",), after=_letters(r"([+A-FU-Y][0-9]{3}[0-9A-Y])")),
    National("fi_personal", 9, _fi_dashed, ("63",), after=_letters(r"([0-9A-Y])")),
    National("no_national", 11, _no_national, ("B", "65")),
    National("ch_ahv", 13, _ch_ahv, ("D", "3442")),
    National("ie_pps", 7, _ie_pps, ("7",), after=_letters(r" ?([A-W][A-IW]?)")),
    National("br_cpf", 11, _br_cpf, ("B", "3332")),
    National("ca_sin", 9, _ca_sin, (), ("social insurance", "numéro d'assurance")),
    National("in_aadhaar", 12, _in_aadhaar, ("444",), ("aadhaar", "uidai")),
    National("cn_resident", 18, _cn_resident, ("I",)),
    National("cn_resident", 17, _cn_resident, ("H",), after=_letters(r"(X)")),
)
SHAPES = {shape for national in NATIONALS for shape in national.shapes if len(shape) > 1 or shape > "6"}
_BY_DIGITS: Mapping[int, tuple[National, ...]] = {
    size: tuple(national for national in NATIONALS if national.digits == size)
    for size in {national.digits for national in NATIONALS}
}

# A number of letters and digits in turn. The pattern begins with a digit, which is quick to look for.
IT_SHAPE = b"AAAAAA00A00A000A"
_IT_CODE = re.compile(
    r"[0-9](?<=[A-Z]{6}[0-9])(?<![A-Z0-9][A-Z]{6}[0-9])[0-9][A-EHLMPRST][0-9]{2}[A-Z][0-9]{3}[A-Z](?![A-Z0-9])",
    re.IGNORECASE | re.ASCII,
)
_IT_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            *(1, 0, 5, 7, 9, 13, 15, 17, 19, 21),
            *(1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        ),
        strict=True,
    )
)


def find_mixed(text: str) -> Iterator[Finding]:
    """Italian fiscal codes."""
    for found in _IT_CODE.finditer(text):
        start, end = found.start() - 6, found.end()
        if _it_fiscal_code(text[start:end].upper()):
            yield Finding("it_fiscal_code", Kind.PERSONAL, start, end)


def _it_fiscal_code(code: str) -> bool:
    odd = sum(_IT_ODD[character] for character in code[:15:2])
    even = sum(int(c) if c.isdigit() else ord(c) - ord("A") for c in code[1:15:2])
    return chr(ord("A") + (odd + even) % 26) == code[15]
