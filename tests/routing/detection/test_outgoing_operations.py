"""Answers of what is not chat under the rules of what may go out."""

import pytest

from routing.adapters.contract import ProviderError, Result, Usage
from routing.detection.scanner import Scanner
from routing.lane.guard import Guard, OutputRules, guarded

NONE: frozenset[str] = frozenset()
MAIL = "Write to jane@example.com."
SAFE = "Write to [EMAIL removed]."


def ruled(
    result: Result, *, redacts: frozenset[str] = frozenset({"email"}), cuts: frozenset[str] = NONE
) -> Result:
    return guarded(Guard(OutputRules(Scanner({"email"}), redacts, cuts)), result)


def test_a_transcript_is_looked_at_in_all_its_texts() -> None:
    value = {"text": MAIL, "segments": [{"id": 0, "start": 0.5, "text": MAIL}]}
    said = ruled(Result(Usage(), value=value))
    assert said.value == {"text": SAFE, "segments": [{"id": 0, "start": 0.5, "text": SAFE}]}
    subtitles = Result(Usage(), content=MAIL.encode(), content_type="text/plain; charset=utf-8")
    assert ruled(subtitles).content.decode() == SAFE


def test_pictures_and_vectors_are_left_and_the_words_beside_them_are_not() -> None:
    value = {"data": [{"b64_json": MAIL, "revised_prompt": MAIL}, {"embedding": MAIL, "index": 1}]}
    said = ruled(Result(Usage(), value=value)).value
    assert said == {"data": [{"b64_json": MAIL, "revised_prompt": SAFE}, {"embedding": MAIL, "index": 1}]}


def test_what_may_not_go_out_ends_the_answer() -> None:
    with pytest.raises(ProviderError) as error:
        ruled(Result(Usage(), value={"text": MAIL}), redacts=NONE, cuts=frozenset({"email"}))
    assert error.value.kind == "output_blocked"
    sound = Result(Usage(), content=b"RIFF", content_type="audio/wav")
    assert ruled(sound) is sound
