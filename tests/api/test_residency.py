"""The residency that a request asks for is read strictly: what is not understood is refused."""

import httpx
import pytest
from stack import Stack

from routing.api.errors import ApiError
from routing.api.labels import read_labels
from routing.api.wire import read_chat_request

HEADER = "HTTP_X_SIGNALBOX_RESIDENCY"


@pytest.mark.parametrize(
    ("meta", "metadata", "residency"),
    [
        ({}, {}, ()),
        ({HEADER: "de, FR"}, {}, ("de", "fr")),
        ({}, {"residency": "region:eu"}, ("region:eu",)),
        ({HEADER: "DE"}, {"residency": "DE "}, ("de",)),
    ],
)
def test_a_residency_comes_by_header_or_in_metadata(meta, metadata, residency):
    assert read_labels(meta, metadata).residency == residency


@pytest.mark.parametrize(
    ("meta", "metadata"),
    [
        ({HEADER: ""}, {}),
        ({HEADER: "Europe"}, {}),
        ({HEADER: "DE;FR"}, {}),
        ({HEADER: "DE"}, {"residency": "FR"}),
        ({}, {"residency": "\u0435u"}),
    ],
)
def test_a_residency_that_is_not_understood_is_refused(meta, metadata):
    with pytest.raises(ApiError) as error:
        read_labels(meta, metadata)
    assert (error.value.code, error.value.param) == ("invalid_request", "x-signalbox-residency")


def test_a_residency_in_metadata_is_ours_and_does_not_go_on():
    read = read_chat_request(
        b'{"model":"auto","messages":[{"role":"user","content":"x"}],"metadata":{"residency":"DE","own":"1"}}'
    )
    assert (read.labels["residency"], read.request["metadata"]) == ("DE", {"own": "1"})


@pytest.mark.stack
@pytest.mark.parametrize(
    ("residency", "status", "code"),
    [
        ("region:eu", 200, None),
        ("region:eu, JP", 200, None),
        ("JP", 403, "data_class_denied"),  # no deployment there has a country, so none is in it
        ("EU", 403, "data_class_denied"),
        ("Europe", 400, "invalid_request"),
        ("", 400, "invalid_request"),
    ],
)
def test_a_request_goes_only_where_it_allows(
    stack: Stack, residency: str, status: int, code: str | None
) -> None:
    headers = {**stack.headers("main"), "x-signalbox-residency": residency}
    body = {"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}
    answer = httpx.post(stack.api_url + "/chat/completions", headers=headers, json=body, timeout=30)
    assert answer.status_code == status, answer.text
    assert code is None or answer.json()["error"]["code"] == code
