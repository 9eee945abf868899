import pytest

from routing.core.bands import DEFAULT_FALLBACK_PERCENT, TierBand, bands_from, fallback_band
from routing.core.notation import NotationProblem, parse_bands, render_bands


def test_bands_are_written_as_they_are_read() -> None:
    value = parse_bands("frontier 0 to 10\n\n small  50% to 80 %\n")
    assert value == [["small", 50, 80], ["frontier", 0, 10]]
    assert render_bands(value) == "small 50 to 80\nfrontier 0 to 10"
    assert parse_bands(" \n") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("small 50", "write a tier and its band"),
        ("small 50 to many", "write a tier and its band"),
        ("small -5 to 20", "write a tier and its band"),
        ("giant 1 to 2", "there is no tier “giant”"),
        ("small 1 to 2\nsmall 1 to 2", "Line 2: the tier “small” has a band already"),
        ("small 60 to 50", "from a lower to a higher"),
        ("small 60 to 101", "from a lower to a higher"),
    ],
)
def test_what_is_no_band_is_said(text: str, message: str) -> None:
    with pytest.raises(NotationProblem, match=message):
        parse_bands(text)


@pytest.mark.parametrize("value", [[["giant", 1, 2]], [["small", 2, 1]], [["small", 0, 101]]])
def test_a_release_with_such_bands_is_unreadable(value: list[list[object]]) -> None:
    with pytest.raises(ValueError, match="no such band"):
        bands_from(value)


@pytest.mark.parametrize(("percent", "held"), [(49.9, False), (50, True), (80.0, True), (80.1, False)])
def test_a_band_holds_its_ends(percent: float, held: bool) -> None:
    assert TierBand("small", 50, 80).holds(percent) is held


@pytest.mark.parametrize(
    ("policy", "percent"), [({}, DEFAULT_FALLBACK_PERCENT), ({"fallback_band_percent": 0}, 0)]
)
def test_a_policy_without_a_band_has_the_usual_one(policy: dict[str, object], percent: int) -> None:
    assert fallback_band(policy) == percent
