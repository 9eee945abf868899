"""What came instead of a stream is an error of the provider's, whatever it is, and never a crash of ours."""

import pytest

from routing.adapters import get, names
from routing.adapters.contract import ProviderError

NESTED = b"[" * 20_000


@pytest.mark.parametrize("dialect", names())
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (NESTED, "error"),
        (b"\xff\xfe{", "error"),
        (b"<html>", "error"),
        (b"", "stream_cut"),
        (b'{"error": {"message": "no", "code": 429}}', "rate_limit"),
    ],
    ids=["nested", "not text", "html", "nothing", "an error in plain JSON"],
)
def test_a_body_that_is_no_stream_fails_as_what_it_is(dialect: str, body: bytes, kind: str) -> None:
    parser = get(dialect).stream()
    parser.feed(body)
    with pytest.raises(ProviderError) as failed:
        parser.close()
    assert failed.value.kind == kind
