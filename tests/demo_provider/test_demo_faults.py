"""Who tells the demo provider to fail, and what the words mean."""

import pytest
from signalbox.demo_provider.faults import MAX_DELAY_MS, NONE, Faults, UnknownDirective, parse, read, stripped


@pytest.mark.parametrize(
    ("directives", "faults"),
    [
        ("status=429,retry_after=2", Faults(status=429, retry_after=2)),
        (" status = 500 , html ", Faults(status=500, html=True)),
        (
            "garbage,stall,empty,error200,no_usage",
            Faults(garbage=True, stall=True, empty=True, error200=True, no_usage=True),
        ),
        ("html=false", NONE),
        ("chunks=100,chunk_ms=10,cut_after=0", Faults(chunks=100, chunk_ms=10, cut_after=0)),
        ("delay_ms=999999999", Faults(delay_ms=MAX_DELAY_MS)),
        ("delay_ms=-5", NONE),
        ("", NONE),
    ],
)
def test_directives_are_read(directives: str, faults: Faults) -> None:
    assert parse(directives) == faults


@pytest.mark.parametrize("directives", ["nonsense", "status=high", "status=1.5"])
def test_a_directive_that_is_not_known_is_an_error(directives: str) -> None:
    with pytest.raises(UnknownDirective):
        parse(directives)


@pytest.mark.parametrize(
    ("model", "text", "header", "metadata", "faults"),
    [
        ("demo-small", "hello", "", "", NONE),
        ("demo-small-down", "hello", "", "", Faults(status=503)),
        ("demo-small@delay_ms=5,status=500", "hello", "", "", Faults(delay_ms=5, status=500)),
        ("demo-small", "say [[demo:status=500]] it", "", "", Faults(status=500)),
        ("demo-small", "[[demo:status=500]]", "status=502", "", Faults(status=502)),
        ("demo-small", "[[demo:status=500]]", "status=502", "delay_ms=1", Faults(status=502, delay_ms=1)),
        ("demo-small", "[[demo:fail_model=demo-small]]", "", "", Faults(status=500, fail_model="demo-small")),
        ("demo-large", "[[demo:fail_model=demo-small]]", "", "", NONE),
        ("demo-slow", "[[demo:fail_model=demo-small]]", "", "", Faults(delay_ms=1500, chunk_ms=60)),
        (
            "demo-small",
            "[[demo:fail_model=demo-small,cut_after=2]]",
            "",
            "",
            Faults(cut_after=2, fail_model="demo-small"),
        ),
    ],
)
def test_a_later_source_overrides(model: str, text: str, header: str, metadata: str, faults: Faults) -> None:
    assert read(model, text, header, metadata)[0] == faults


def test_the_echo_leaves_directives_out() -> None:
    assert stripped("hello [[demo:status=500]] world") == "hello  world"
