"""What dialects do beside chat, where no recording shows it: after the providers' documentation."""

import json
from typing import Any

import pytest

from routing.adapters import multipart, operation
from routing.adapters.contract import Operation, PreparedRequest, ProviderError, Result, Target, Usage
from routing.adapters.results import in_parts, joined
from routing.adapters.vectors import from_base64, to_base64

OK = {"content-type": "application/json"}
FILE = {"name": 'a"b.wav', "content_type": "audio/wav", "data": b"RIFF\r\n--x"}
HEARD = {"text": " Mind the gap. ", "segments": [{"start": 0, "end": 3661.5, "text": " Mind the gap."}]}


def does(dialect: str, name: str) -> Operation:
    found = operation(dialect, name)
    assert found is not None
    return found


def asked(dialect: str, name: str, request: dict[str, Any], *quirks: str) -> list[PreparedRequest]:
    target = Target("https://p.test/v1", "up-1", 0, "key", quirks=frozenset(quirks))
    return list(does(dialect, name).prepare({"model": "m", **request}, target))


def read(dialect: str, name: str, answer: Any, status: int = 200, **request: Any) -> Result:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return does(dialect, name).parse(request, status, OK, body)


@pytest.mark.parametrize("name", ["embeddings", "moderations", "images", "speech", "transcriptions"])
def test_no_gateway_is_told_whom_else_to_ask(name: str) -> None:
    request = {"input": "a", "prompt": "a", "file": FILE, "models": ["another/model"]}
    (prepared,) = asked("openai", name, request)
    assert prepared.unsupported == ("models",)
    assert b"another/model" not in prepared.body


@pytest.mark.parametrize(
    ("dialect", "url", "body"),
    [
        ("openai", "/v1/embeddings", {"model": "up-1", "input": ["a"], "dimensions": 3}),
        ("mistral", "/v1/embeddings", {"model": "up-1", "input": ["a"], "output_dimension": 3}),
        ("ollama", "/v1/api/embed", {"model": "up-1", "input": ["a"], "dimensions": 3, "truncate": False}),
        ("bedrock", "/v1/model/up-1/invoke", {"inputText": "a", "dimensions": 3}),
        (
            "vertex",
            "/v1/models/up-1:predict",
            {
                "instances": [{"content": "a"}],
                "parameters": {"autoTruncate": False, "outputDimensionality": 3},
            },
        ),
    ],
)
def test_a_dialect_asks_for_embeddings_in_its_own_words(dialect: str, url: str, body: dict[str, Any]) -> None:
    (prepared,) = asked(dialect, "embeddings", {"input": ["a"], "dimensions": 3})
    assert prepared.url == "https://p.test" + url
    assert json.loads(prepared.body) == body
    assert not prepared.unsupported


@pytest.mark.parametrize(
    ("dialect", "answer", "tokens"),
    [
        ("openai", {"data": [{"index": 0, "embedding": [0.5]}], "usage": {"prompt_tokens": 2}}, 2),
        ("mistral", {"data": [{"index": 0, "embedding": [0.5]}], "usage": {"prompt_tokens": 2}}, 2),
        ("ollama", {"model": "up-1", "embeddings": [[0.5]], "prompt_eval_count": 2}, 2),
        ("bedrock", {"embedding": [0.5], "inputTextTokenCount": 2}, 2),
        ("vertex", {"predictions": [{"embeddings": {"values": [0.5], "statistics": {"token_count": 2}}}]}, 2),
        ("gemini", {"embeddings": [{"values": [0.5]}]}, None),
        ("gemini", {"embeddings": [{"values": [0.5]}], "usageMetadata": {"promptTokenCount": 2}}, 2),
    ],
)
def test_embeddings_come_as_asked_from_whichever_dialect(
    dialect: str, answer: Any, tokens: int | None
) -> None:
    for encoding, vector in (("float", [0.5]), ("base64", to_base64([0.5]))):
        result = read(dialect, "embeddings", answer, input="a", encoding_format=encoding)
        assert result.value is not None
        assert result.value["data"] == [{"object": "embedding", "index": 0, "embedding": vector}]
        assert result.usage.input_tokens == tokens


@pytest.mark.parametrize(
    ("dialect", "model", "kind", "asked_so", "unsupported"),
    [
        ("cohere", "embed-v4.0", "search_query", b'"input_type":"search_query"', ()),
        ("gemini", "gemini-embedding-001", "search_query", b'"taskType":"RETRIEVAL_QUERY"', ()),
        ("vertex", "gemini-embedding-001", "clustering", b'"task_type":"CLUSTERING"', ()),
        ("gemini", "gemini-embedding-001", "image", b'"text":"a"', ("input_type",)),
        ("gemini", "gemini-embedding-2", "search_query", b'"text":"a"', ("input_type",)),
    ],
)
def test_what_a_text_is_for_is_told_in_the_dialect_s_words(
    dialect: str, model: str, kind: str, asked_so: bytes, unsupported: tuple[str, ...]
) -> None:
    request = {"model": "m", "input": ["a"], "input_type": kind}
    (prepared,) = does(dialect, "embeddings").prepare(request, Target("https://p.test/v1", model, 0))
    assert asked_so in prepared.body
    assert prepared.unsupported == unsupported


@pytest.mark.parametrize("dialect", ["openai", "mistral", "ollama", "bedrock", "vertex", "gemini", "cohere"])
@pytest.mark.parametrize(
    "answer",
    [
        *(b"", b"<html>", b"[]", b"{}", b"null", {"error": {"message": "no"}}),
        {"data": [{"index": 0, "embedding": "!"}], "embeddings": [["x"]], "predictions": [{}]},
        {"data": [{"index": 0, "embedding": []}], "embeddings": {"float": [[]]}, "embedding": [True]},
    ],
)
def test_what_is_no_embedding_is_an_error(dialect: str, answer: Any) -> None:
    with pytest.raises(ProviderError):
        read(dialect, "embeddings", answer, input="a")


def test_a_long_list_goes_out_in_parts_and_comes_back_as_one() -> None:
    parts = asked("gemini", "embeddings", {"input": [str(at) for at in range(201)]})
    assert [len(json.loads(part.body)["requests"]) for part in parts] == [100, 100, 1]
    vectors = [{"object": "list", "data": [{"index": 0, "embedding": [float(at)]}]} for at in range(3)]
    whole = joined([Result(Usage(input_tokens=2, output_tokens=0), "up", value) for value in vectors])
    assert whole.value is not None
    assert [(item["index"], item["embedding"]) for item in whole.value["data"]] == [
        (0, [0.0]),
        (1, [1.0]),
        (2, [2.0]),
    ]
    assert whole.usage == Usage(input_tokens=6, output_tokens=0)


@pytest.mark.parametrize(("dialect", "calls"), [("openai", 1), ("mistral", 4), ("vertex", 3), ("cohere", 1)])
def test_long_texts_go_out_in_as_many_parts_as_the_provider_s_tokens_ask(dialect: str, calls: int) -> None:
    assert len(asked(dialect, "embeddings", {"input": ["x" * 5000] * 10})) == calls


def test_parts_are_bounded_in_items_bytes_and_number() -> None:
    assert in_parts(["aa", "b", "cccc", "d"], most=2, most_bytes=4) == [["aa", "b"], ["cccc"], ["d"]]
    with pytest.raises(ProviderError, match="256 is the most"):
        in_parts(["a"] * 257, most=1)


@pytest.mark.parametrize("dialect", ["ollama", "bedrock", "vertex", "gemini", "cohere"])
def test_tokens_go_to_no_vocabulary_but_their_own(dialect: str) -> None:
    with pytest.raises(ProviderError) as error:
        asked(dialect, "embeddings", {"input": [1, 2]})
    assert error.value.kind == "unsupported"


@pytest.mark.parametrize(
    ("name", "request_", "quirks", "unsupported"),
    [
        ("embeddings", {"input": "a", "dimensions": 3}, ("no_dimensions",), ("dimensions",)),
        ("embeddings", {"input": "a", "encoding_format": "base64"}, (), ()),
        ("images", {"prompt": "a", "response_format": "url"}, ("picture_data",), ("response_format",)),
        ("images", {"prompt": "a", "response_format": "b64_json"}, ("picture_data",), ()),
    ],
)
def test_what_an_endpoint_has_not_is_taken_out_and_listed(
    name: str, request_: dict[str, Any], quirks: tuple[str, ...], unsupported: tuple[str, ...]
) -> None:
    (prepared,) = asked("openai", name, request_, *quirks)
    assert prepared.unsupported == unsupported
    assert not json.loads(prepared.body).keys() & {"dimensions", "encoding_format", "response_format"}


@pytest.mark.parametrize(
    ("base", "quirks", "asked_for"),
    [
        ("https://api.openai.com/v1", (), True),
        ("https://my.openai.azure.com/openai/v1", (), True),
        ("https://vllm.test/v1", ("base64",), True),
        ("https://vllm.test/v1", (), False),
    ],
)
def test_base64_is_asked_of_those_who_give_it(base: str, quirks: tuple[str, ...], asked_for: bool) -> None:
    target = Target(base, "up-1", 0, quirks=frozenset(quirks))
    request = {"input": "a", "encoding_format": "base64"}
    (prepared,) = does("openai", "embeddings").prepare(request, target)
    assert ("encoding_format" in json.loads(prepared.body)) is asked_for


def test_pictures_are_counted_by_size_and_by_tokens() -> None:
    usage = {"input_tokens": 9, "output_tokens": 90, "input_tokens_details": {"image_tokens": 0}}
    result = read("openai", "images", {"data": [{}, {}], "usage": usage, "size": "8x8"}, quality="auto")
    assert result.usage == Usage(
        9, 90, input_image_tokens=0, output_image_tokens=90, pictures=2, picture_size="8x8"
    )


@pytest.mark.parametrize(
    ("dialect", "said", "usage"),
    [
        ("openai", {"usage": {"type": "duration", "seconds": 3}}, Usage(audio_ms=3000)),
        ("openai", {"duration": 2.25}, Usage(audio_ms=2250)),
        ("openai", {"usage": {"type": "tokens", "input_tokens": 5, "output_tokens": 1}}, Usage(5, 1)),
        ("openai", {}, Usage()),
        ("mistral", {"usage": {"prompt_audio_seconds": 4, "prompt_tokens": 1}}, Usage(audio_ms=4000)),
    ],
)
def test_a_transcript_tells_what_was_heard(dialect: str, said: dict[str, Any], usage: Usage) -> None:
    assert read(dialect, "transcriptions", {"text": "a", **said}).usage == usage


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("text", "Mind the gap.\n"),
        ("srt", "1\n00:00:00,000 --> 01:01:01,500\nMind the gap.\n"),
        ("vtt", "WEBVTT\n\n00:00:00.000 --> 01:01:01.500\nMind the gap.\n"),
    ],
)
def test_subtitles_are_made_of_segments(wanted: str, text: str) -> None:
    assert read("openai", "transcriptions", HEARD, response_format=wanted).content.decode() == text


def test_a_form_holds_its_file_as_it_was() -> None:
    (prepared,) = asked(
        "openai", "transcriptions", {"file": FILE, "response_format": "srt", "include": ["a"]}
    )
    boundary = prepared.headers["content-type"].partition("boundary=")[2].encode()
    parts = prepared.body.split(b"--" + boundary)
    assert [part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in parts[1:-1]] == [
        *(b"up-1", b"a", b"verbose_json", FILE["data"])
    ]
    assert b'filename="a%22b.wav"' in parts[-2]
    assert multipart.encoded([], name="f", filename="n", kind="a/b", data=b"x")[0].count(b"x\r\n--") == 1


@pytest.mark.parametrize("headers", [OK, {"content-type": "text/html"}])
def test_speech_that_is_no_sound_is_an_error(headers: dict[str, str]) -> None:
    with pytest.raises(ProviderError):
        does("openai", "speech").parse({"input": "a"}, 200, headers, b'{"error": {"message": "no"}}')


def test_mistral_flags_what_a_category_says() -> None:
    answer = {
        "id": "1",
        "model": "m",
        "results": [{"categories": {"pii": True}, "category_scores": {"pii": 1.0}}],
    }
    result = read("mistral", "moderations", answer)
    assert result.value is not None
    assert result.value["results"][0]["flagged"] is True


@pytest.mark.parametrize("text", ["!", "", "AAA=", "AAAA"])
def test_base64_that_is_no_vector_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        from_base64(text)
