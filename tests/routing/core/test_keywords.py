import time

import pytest

from routing.core.keywords import present


@pytest.mark.parametrize(
    ("keyword", "text", "found"),
    [
        ("invoice", "Please pay this INVOICE.", True),
        ("invoice", "the invoices are late", False),
        ("credit card", "my Credit Card number", True),
        ("c++", "written in C++.", True),
        ("strasse", "eine STRASSE, eine Straße", True),
        ("契約", "これは契約書です", True),
        ("under", "under_score", False),
        ("x", "", False),
    ],
)
def test_keywords_are_whole_words_whatever_their_case(keyword, text, found):
    assert present({keyword}, [text]) == ((keyword,) if found else ())


def test_what_is_found_is_sorted_and_over_all_texts():
    assert present({"b", "a", "z"}, ["b here", "a there"]) == ("a", "b")


def test_a_long_prompt_is_cheap():
    text = "lorem ipsum dolor sit amet " * 40_000  # about a megabyte
    keywords = {f"keyword-{number}" for number in range(50)}
    began = time.perf_counter()
    assert present(keywords, [text]) == ()
    assert time.perf_counter() - began < 0.5
