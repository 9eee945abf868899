"""Which language an answer is in: by script, and among those that share one, by the words that each needs."""

import re
import unicodedata
from collections import Counter

from routing.core.gates.contract import Answer, Said, Settings, failed, passed

MAX_CHARS = 20_000
MIN_WORDS = 4
_WORD = re.compile(r"[^\W\d_]+")
_LETTERS = {
    "CYRILLIC": "ru",
    "GREEK": "el",
    "HEBREW": "he",
    "ARABIC": "ar",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CJK": "zh",
    "DEVANAGARI": "hi",
    "THAI": "th",
}
_COMMON = {
    "en": "the of and to in is that it for was with as are this be on not have from you which",
    "de": "der die das und ist nicht ein eine zu den mit von auf für sich auch dem werden sind im",
    "fr": "le la les des est et une dans pour que qui pas sur avec sont au ce du plus il",
    "es": "el los las que es una por con para del se no su al como más pero está son lo",
    "it": "il che di è non per una con del sono gli della alla più anche le nel ha questo si",
    "pt": "que não uma para com os as do da em por mais é um no na se são ao como",
    "nl": "de het een en van is dat niet op te zijn voor met die aan er ook als bij naar",
    "pl": "nie się jest na do że to co jak ale czy dla od przez po tym są oraz ten za",
    "sv": "och att det som en på är av för med den till inte om ett har de jag var men",
}
_WORDS = {language: frozenset(words.split()) for language, words in _COMMON.items()}
LANGUAGES = tuple(sorted({*_WORDS, *_LETTERS.values()}))


def language_of(text: str) -> str | None:
    """The language's two letters; None where too little of the text tells."""
    text = text[:MAX_CHARS]
    scripts = Counter(
        unicodedata.name(char, "").split(" ")[0].split("-")[0] for char in text if char.isalpha()
    )
    if not scripts:
        return None
    if scripts["HIRAGANA"] + scripts["KATAKANA"]:
        return "ja"
    script = scripts.most_common(1)[0][0]
    if script != "LATIN":
        return _LETTERS.get(script)
    words = _WORD.findall(text.casefold())
    found = sorted(
        ((sum(word in common for word in words), language) for language, common in _WORDS.items()),
        reverse=True,
    )
    (most, best), (next_most, _) = found[:2]
    return best if len(words) >= MIN_WORDS and most > next_most else None


def language(answer: Answer, settings: Settings) -> Said:
    """It is in the language that is asked for."""
    found = language_of(answer.text)
    if found is None:
        return failed("its language can't be told")
    return passed(found) if found == settings["code"] else failed(f"it is in {found}")
