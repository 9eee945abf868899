"""The residency that a request asks for is read strictly: what is not understood is refused."""

import pytest

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
