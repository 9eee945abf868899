import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.core.tokens import TOKENS_FOR_TOOLS, estimate


def said(text):
    return {"messages": [{"role": "user", "content": text}]}


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("The quick brown fox jumps over the lazy dog. " * 40, 350, 520),
        ("日本語の文章はもっと多くのトークンになります。" * 10, 200, 260),
        ("Быстрая коричневая лиса " * 20, 200, 330),
        ("", 0, 8),
    ],
)
def test_the_estimate_is_near_what_tokenizers_count(text, low, high):
    assert low <= estimate(said(text)).input_tokens <= high


@given(st.text())
def test_the_bound_is_never_under_the_bytes(text):
    counts = estimate(said(text))
    assert counts.input_tokens_bound >= len(text.encode("utf-8", "surrogatepass"))
    assert 0 <= counts.input_tokens <= counts.input_tokens_bound


def test_images_are_counted_and_their_data_is_not_text():
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 100_000}}
    counts = estimate(said([{"type": "text", "text": "what is this?"}, image, image]))
    assert counts.images == 2
    assert counts.input_tokens_bound < 1_000


def test_tools_schemas_and_tool_calls_count():
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "x" * 500}}
    plain = estimate(said("hi")).input_tokens_bound
    assert estimate({**said("hi"), "tools": [tool]}).input_tokens_bound > plain + TOKENS_FOR_TOOLS
    assert estimate({**said("hi"), "response_format": {"a": "b" * 300}}).input_tokens_bound > plain + 300
    with_call = {"messages": [{"role": "assistant", "content": None, "tool_calls": [call]}]}
    assert estimate(with_call).input_tokens_bound > 500


def test_parts_of_unknown_kinds_are_counted():
    assert estimate(said([{"type": "hologram", "data": {"deep": ["x" * 900]}}])).input_tokens_bound > 900


def test_a_lone_surrogate_is_counted():
    assert estimate(said("\ud800")).input_tokens_bound > 3
