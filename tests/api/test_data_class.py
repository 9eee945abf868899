"""No way around the data class: unlabelled is the strictest, and a label that is odd is refused."""

from typing import Any

import httpx
import pytest
from stack import Stack

from routing.api.errors import ApiError
from routing.api.labels import Labels, read_idempotency_key, read_labels

HEADER = "HTTP_X_SIGNALBOX_DATA_CLASS"


@pytest.mark.parametrize(
    ("meta", "metadata", "labels"),
    [
        ({}, {}, Labels()),
        ({HEADER: "internal"}, {}, Labels("internal")),
        ({}, {"data_class": "internal", "task": "code"}, Labels("internal", "code")),
        ({HEADER: "internal "}, {"data_class": "internal"}, Labels("internal ")),
        ({"HTTP_X_SIGNALBOX_TAGS": "b, a,,b"}, {"tags": "c"}, Labels(None, "", ("a", "b", "c"))),
        ({HEADER: ""}, {}, Labels("")),
    ],
)
def test_labels_are_read_from_headers_and_metadata(
    meta: dict[str, str], metadata: dict[str, str], labels: Labels
) -> None:
    assert read_labels(meta, metadata) == labels


@pytest.mark.parametrize(
    ("meta", "metadata"),
    [
        ({HEADER: "public"}, {"data_class": "restricted"}),
        ({HEADER: "x" * 201}, {}),
        ({HEADER: "public\x00"}, {}),
        ({"HTTP_X_SIGNALBOX_TAGS": ",".join(map(str, range(40)))}, {}),
        ({"HTTP_X_SIGNALBOX_TASK": "a"}, {"task": "b"}),
    ],
)
def test_labels_that_are_wrong_are_refused(meta: dict[str, str], metadata: dict[str, str]) -> None:
    with pytest.raises(ApiError) as error:
        read_labels(meta, metadata)
    assert error.value.code == "invalid_request"


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb"])
def test_idempotency_keys_that_are_wrong_are_refused(key: str) -> None:
    with pytest.raises(ApiError) as error:
        read_idempotency_key({"HTTP_IDEMPOTENCY_KEY": key})
    assert error.value.param == "Idempotency-Key"


def classed(stack: Stack, key: str, label: str | None) -> httpx.Response:
    """A request whose label comes in `metadata`, which takes any text."""
    body: dict[str, Any] = {"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}
    if label is not None:
        body["metadata"] = {"data_class": label}
    return httpx.post(stack.api_url + "/chat/completions", headers=stack.headers(key), json=body, timeout=30)


@pytest.mark.stack
def test_unlabelled_data_gets_the_default_class_of_its_key(stack: Stack) -> None:
    assert classed(stack, "main", None).headers["x-signalbox-data-class"] == "public"


@pytest.mark.stack
def test_unlabelled_data_of_a_key_without_a_default_is_of_the_strictest_class(stack: Stack) -> None:
    answer = classed(stack, "strict", None)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "data_class_denied")
    assert stack.request_row(answer.headers["x-request-id"])["data_class"] == "restricted"


@pytest.mark.stack
@pytest.mark.parametrize("label", ["confidential", "CONFIDENTIAL", " Confidential "])
def test_case_and_outer_spaces_name_the_same_class(stack: Stack, label: str) -> None:
    assert classed(stack, "main", label).headers["x-signalbox-data-class"] == "confidential"


@pytest.mark.stack
@pytest.mark.parametrize(
    "label",
    [
        "",
        " ",
        "public,restricted",
        "confid ential",
        "confidential.",
        "null",
        "0",
        "*",
        "publ\u0131c",
        "\tpublic",
    ],
)
def test_a_label_that_names_no_class_is_refused(stack: Stack, label: str) -> None:
    assert classed(stack, "main", label).json()["error"]["code"] in ("data_class_unknown", "invalid_request")


@pytest.mark.stack
@pytest.mark.parametrize("label", [b"", b"publ\xc4\xb1c", b"public, restricted", b"Public;"])
def test_an_odd_header_is_refused_too(stack: Stack, label: bytes) -> None:
    headers = [
        (b"authorization", f"Bearer {stack.keys['main']}".encode()),
        (b"x-signalbox-data-class", label),
    ]
    body = {"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}
    answer = httpx.post(stack.api_url + "/chat/completions", headers=headers, json=body, timeout=30)
    assert answer.json()["error"]["code"] in ("data_class_unknown", "invalid_request")


@pytest.mark.stack
@pytest.mark.parametrize("label", ["internal", "INTERNAL", " internal"])
def test_no_spelling_passes_a_clearance(stack: Stack, label: str) -> None:
    assert classed(stack, "public", label).json()["error"]["code"] == "data_class_denied"
