"""Pictures and speech of dialects other than OpenAI's: after the providers' documentation."""

import base64
import json
import struct
from typing import Any

import pytest

from routing.adapters import operation
from routing.adapters.contract import Operation, PreparedRequest, ProviderError, Result, Target
from routing.adapters.results import joined

OK = {"content-type": "application/json"}
PICTURE = base64.b64encode(
    b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 1024, 768) + b"\x08\x02"
).decode()
SOUND = b"\x01\x00\x02\x00"
IMAGEN, NATIVE = "imagen-4.0-generate-001", "gemini-2.5-flash-image"
CANVAS, STABLE = "amazon.nova-canvas-v1:0", "stability.sd3-5-large-v1:0"


def does(dialect: str, name: str) -> Operation:
    found = operation(dialect, name)
    assert found is not None
    return found


def asked(
    dialect: str, model: str, request: dict[str, Any], *quirks: str, name: str = "images"
) -> list[PreparedRequest]:
    target = Target("https://p.test/v1", model, 0, "key", quirks=frozenset(quirks))
    return list(does(dialect, name).prepare({"model": "m", **request}, target))


def body(dialect: str, model: str, **request: Any) -> dict[str, Any]:
    (prepared,) = asked(dialect, model, {"prompt": "a cat", **request})
    assert not prepared.unsupported
    found: dict[str, Any] = json.loads(prepared.body)
    return found


def read(dialect: str, answer: Any, status: int = 200, **request: Any) -> Result:
    told = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return does(dialect, "images").parse(request, status, OK, told)


def native(*parts: dict[str, Any], **candidate: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": list(parts)}, **candidate}]}


def test_imagen_is_asked_for_a_shape_and_a_kind_of_file() -> None:
    asked_for = body("vertex", IMAGEN, size="1408x768", output_format="jpeg", output_compression=80)
    assert asked_for == {
        "instances": [{"prompt": "a cat"}],
        "parameters": {
            "sampleCount": 1,
            "includeRaiReason": True,
            "aspectRatio": "16:9",
            "sampleImageSize": "1K",
            "outputOptions": {"mimeType": "image/jpeg", "compressionQuality": 80},
        },
    }


def test_a_model_of_geminis_is_asked_for_a_picture_alone() -> None:
    asked_for = body("gemini", NATIVE, size="1344x768", output_format="png", quality="auto")
    assert asked_for["contents"] == [{"role": "user", "parts": [{"text": "a cat"}]}]
    assert asked_for["generationConfig"] == {
        "responseModalities": ["IMAGE"],
        "imageConfig": {"aspectRatio": "16:9"},
    }


def test_amazons_models_are_asked_for_a_size() -> None:
    asked_for = body("bedrock", CANVAS, size="1280x720", quality="premium", seed=7)
    assert asked_for == {
        "taskType": "TEXT_IMAGE",
        "textToImageParams": {"text": "a cat"},
        "imageGenerationConfig": {
            "numberOfImages": 1,
            "width": 1280,
            "height": 720,
            "quality": "premium",
            "seed": 7,
        },
    }


def test_stabilitys_models_are_asked_for_a_shape() -> None:
    asked_for = body("bedrock", STABLE, size="1216x832", output_format="webp")
    assert asked_for == {
        "prompt": "a cat",
        "mode": "text-to-image",
        "aspect_ratio": "3:2",
        "output_format": "webp",
    }


@pytest.mark.parametrize(
    ("dialect", "model", "counts"),
    [
        ("gemini", IMAGEN, [4, 2]),
        ("gemini", NATIVE, [None] * 6),
        ("bedrock", CANVAS, [5, 1]),
        ("bedrock", STABLE, [None] * 6),
    ],
)
def test_more_pictures_than_fit_into_a_call_take_several(
    dialect: str, model: str, counts: list[int | None]
) -> None:
    bodies = [json.loads(part.body) for part in asked(dialect, model, {"prompt": "a", "n": 6})]
    wanted = [each.get("parameters") or each.get("imageGenerationConfig") or {} for each in bodies]
    assert [each.get("sampleCount", each.get("numberOfImages")) for each in wanted] == counts


@pytest.mark.parametrize(
    ("dialect", "model", "request_", "unsupported"),
    [
        ("gemini", IMAGEN, {"size": "512x512"}, ("size",)),
        ("gemini", IMAGEN, {"output_format": "webp", "quality": "hd"}, ("output_format", "quality")),
        ("gemini", NATIVE, {"response_format": "url", "output_format": "jpeg"}, None),
        ("vertex", NATIVE, {"background": "transparent"}, ("background",)),
        ("bedrock", CANVAS, {"size": "big", "quality": "hd"}, ("size", "quality")),
        ("bedrock", STABLE, {"quality": "hd", "size": "1x1"}, ("size", "quality")),
    ],
)
def test_what_a_model_can_not_make_is_named(
    dialect: str, model: str, request_: dict[str, Any], unsupported: tuple[str, ...] | None
) -> None:
    (prepared,) = asked(dialect, model, {"prompt": "a", **request_})
    assert set(prepared.unsupported) == set(unsupported or request_)


@pytest.mark.parametrize(
    ("dialect", "quirks", "header"),
    [
        ("gemini", (), "x-goog-api-key"),
        ("gemini", ("bearer",), "authorization"),
        ("vertex", (), "authorization"),
        ("vertex", ("api_key",), "x-goog-api-key"),
    ],
)
@pytest.mark.parametrize(
    ("name", "request_"), [("images", {"prompt": "a"}), ("speech", {"input": "a", "voice": "Kore"})]
)
def test_google_gets_its_credential_as_the_endpoint_takes_it(
    dialect: str, quirks: tuple[str, ...], header: str, name: str, request_: dict[str, Any]
) -> None:
    (prepared,) = asked(dialect, NATIVE, request_, *quirks, name=name)
    assert header in prepared.headers
    assert prepared.url == f"https://p.test/v1/models/{NATIVE}:generateContent"


@pytest.mark.parametrize(
    ("dialect", "answer"),
    [
        ("vertex", {"predictions": [{"bytesBase64Encoded": PICTURE}, {"raiFilteredReason": "no"}]}),
        ("gemini", native({"text": "Here."}, {"inlineData": {"mimeType": "image/png", "data": PICTURE}})),
        ("bedrock", {"images": [PICTURE], "error": None}),
        ("bedrock", {"images": ["", PICTURE], "finish_reasons": ["Filter reason: prompt", None]}),
    ],
)
def test_pictures_come_as_data_with_the_size_that_they_have(dialect: str, answer: Any) -> None:
    result = read(dialect, answer, size="8x8")
    assert result.value == {"data": [{"b64_json": PICTURE}]}
    assert (result.usage.pictures, result.usage.picture_size) == (1, "1024x768")


def test_of_several_calls_the_pictures_are_counted_together() -> None:
    once = read("bedrock", {"images": [PICTURE] * 5})
    whole = joined([once, read("bedrock", {"images": [PICTURE]})])
    assert whole.value is not None
    assert (len(whole.value["data"]), whole.usage.pictures) == (6, 6)
    assert whole.usage.picture_size == "1024x768"


def test_quality_is_what_amazon_was_asked_for_and_nobody_elses() -> None:
    amazons = read("bedrock", {"images": [PICTURE]}, quality="premium")
    others = read("bedrock", {"images": [PICTURE], "finish_reasons": [None]}, quality="premium")
    assert (amazons.usage.picture_quality, others.usage.picture_quality) == ("premium", "")


def test_what_geminis_picture_took_is_told() -> None:
    told = {
        "promptTokenCount": 5,
        "candidatesTokenCount": 1290,
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1290}],
    }
    answer = {**native({"inlineData": {"mimeType": "image/png", "data": PICTURE}}), "usageMetadata": told}
    result = read("gemini", answer)
    assert (result.usage.output_tokens, result.usage.output_image_tokens) == (1290, 1290)
    assert result.value is not None
    assert result.value["usage"] == {"input_tokens": 5, "output_tokens": 1290, "total_tokens": 1295}


@pytest.mark.parametrize(
    ("dialect", "answer", "kind"),
    [
        ("vertex", {}, "content_filter"),
        ("vertex", {"predictions": [{"raiFilteredReason": "Unsafe."}]}, "content_filter"),
        ("gemini", {"promptFeedback": {"blockReason": "SAFETY"}}, "content_filter"),
        ("gemini", native(finishReason="IMAGE_SAFETY"), "content_filter"),
        ("gemini", native({"text": "I'd rather talk."}, finishReason="NO_IMAGE"), "error"),
        ("gemini", native({"inlineData": {"data": ""}}), "error"),
        ("gemini", {"candidates": []}, "error"),
        ("gemini", {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}, "rate_limit"),
        ("bedrock", {"images": None, "error": "Blocked by our policy."}, "content_filter"),
        ("bedrock", {"images": [""], "finish_reasons": ["Filter reason: prompt"]}, "content_filter"),
        ("bedrock", {"message": "?"}, "error"),
        ("bedrock", [], "error"),
        ("gemini", b"<html>", "error"),
    ],
)
def test_no_picture_is_an_error_of_its_kind(dialect: str, answer: Any, kind: str) -> None:
    with pytest.raises(ProviderError) as failed:
        read(dialect, answer)
    assert failed.value.kind == kind


def spoken(answer: Any, **request: Any) -> Result:
    return does("gemini", "speech").parse({"input": "Hello", **request}, 200, OK, json.dumps(answer).encode())


def said(kind: str = "audio/L16;codec=pcm;rate=16000") -> dict[str, Any]:
    counts = {"promptTokenCount": 2, "candidatesTokenCount": 9}
    data = base64.b64encode(SOUND).decode()
    return {**native({"inlineData": {"mimeType": kind, "data": data}}), "usageMetadata": counts}


def test_speech_is_asked_for_by_a_voice() -> None:
    (prepared,) = asked("vertex", "tts", {"input": "Hello", "voice": "Kore", "speed": 1}, name="speech")
    assert json.loads(prepared.body) == {
        "contents": [{"role": "user", "parts": [{"text": "Hello"}]}],
        "generationConfig": {
            "responseModalities": ["AUDIO"],
            "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}},
        },
    }
    assert not prepared.unsupported


def test_what_speech_can_not_be_is_named() -> None:
    wanted = {"voice": {"id": "Kore"}, "response_format": "mp3", "speed": 2, "instructions": "Softly."}
    (prepared,) = asked("gemini", "tts", {"input": "Hello", **wanted}, name="speech")
    assert prepared.unsupported == ("response_format", "speed", "instructions")


def test_samples_get_the_head_of_a_file_unless_samples_are_asked_for() -> None:
    bare, whole = spoken(said(), response_format="pcm"), spoken(said())
    assert (bare.content, bare.content_type) == (SOUND, "audio/pcm")
    assert (whole.content[44:], whole.content_type) == (SOUND, "audio/wav")
    size, rate, length = struct.unpack("<4xI16xI12xI", whole.content[:44])
    assert (size, rate, length) == (36 + len(SOUND), 16_000, len(SOUND))
    assert (whole.usage.output_tokens, whole.usage.characters) == (9, 5)


def test_a_file_of_sound_is_passed_as_it_is() -> None:
    result = spoken(said("audio/wav"))
    assert (result.content, result.content_type) == (SOUND, "audio/wav")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (native(finishReason="SAFETY"), "content_filter"),
        ({"promptFeedback": {"blockReason": "SAFETY"}}, "content_filter"),
        (native({"text": "no"}, finishReason="STOP"), "error"),
        (native({"inlineData": {"mimeType": "audio/L16", "data": "?"}}), "error"),
        (native({"inlineData": {"mimeType": "audio/wav\r\nx-own: 1", "data": "AAAA"}}), "error"),
        ({"candidates": []}, "error"),
        ([], "error"),
    ],
)
def test_no_sound_is_an_error_of_its_kind(answer: Any, kind: str) -> None:
    with pytest.raises(ProviderError) as failed:
        spoken(answer)
    assert failed.value.kind == kind
