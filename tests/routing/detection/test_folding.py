"""Tricks of Unicode: what is folded is found, and found where it was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.detection.catalogue import DETECTORS
from routing.detection.folding import fold
from routing.detection.scanner import Scanner

CARD = "4111 1111 1111 1111"
EVERYTHING = Scanner(DETECTORS)


def disguised(digits: str, zero: int) -> str:
    return "".join(chr(zero + int(c)) if c.isdigit() else c for c in digits)


@pytest.mark.parametrize(
    "written",
    [
        disguised(CARD, 0xFF10),  # full width
        disguised(CARD, 0x0660),  # Arabic-Indic
        disguised(CARD, 0x0966),  # Devanagari
        disguised(CARD, 0x1D7CE),  # mathematical bold
        CARD.replace(" ", "\u200b"),  # zero width space
        CARD.replace("1", "1\u200d"),
        CARD.replace(" ", "\u00a0"),
        CARD.replace(" ", "\u2009"),
        CARD.replace(" ", "\u2011"),  # non-breaking hyphen
        CARD.replace(" ", " \u2013 "),
        CARD.replace(" ", "\u00ad"),
        "\ufeff" + CARD,
    ],
)
@pytest.mark.parametrize("around", ["{}", "ü\u200bß {} \u200b\u2013", "日本語{}。"])
def test_a_disguised_card_is_found_where_it_was_written(written: str, around: str) -> None:
    text = around.format(written)
    (found,) = [each for each in EVERYTHING.scan(text) if each.detector == "payment_card"]
    value = text[found.start : found.end]
    assert value in written
    assert len([c for c in value if c.isdecimal()]) == 16


def test_a_full_width_address_is_found() -> None:
    text = "write to \uff4a\uff41\uff4e\uff45\uff20example\uff0ecom"
    (found,) = EVERYTHING.scan(text)
    assert (found.detector, found.start, found.end) == ("email", 9, len(text))


@given(st.text())
def test_every_place_leads_back_to_the_character_that_stands_there(text: str) -> None:
    folded = fold(text)
    for place, character in enumerate(folded.text):
        start, end = folded.span(place, place + 1)
        assert end == start + 1
        assert fold(text[start]).text == character
