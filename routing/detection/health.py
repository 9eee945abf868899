"""Words of diagnoses and treatment. One word that is mostly said of patients is enough; of words that
newspapers use as well it takes two different ones.

The list is modest, and of the languages that it knows: English, German, French, Spanish. It finds text that
is plainly about somebody's health, not every such text.
"""

import re
from collections.abc import Iterator

from routing.detection.finding import Finding, Kind

_STRONG = """
    hiv-positive seropositive chemotherapy radiotherapy biopsy metastatic metastasis carcinoma lymphoma
    leukemia leukaemia schizophrenia bipolar psychosis anxiolytic antidepressant antidepressants
    antiretroviral insulin
    dialysis comorbidity comorbidities mastectomy colonoscopy hba1c icd-10 prognosis anamnesis
    chemotherapie strahlentherapie biopsie karzinom leukämie schizophrenie diagnostiziert krankschreibung
    arztbrief befund anamnese
    chimiothérapie radiothérapie cancéreux leucémie schizophrénie ordonnance antécédents
    quimioterapia radioterapia biopsia leucemia esquizofrenia diagnosticado diagnosticada
"""
_WEAK = """
    patient patients diagnosis diagnosed symptoms therapy prescription prescribed dosage cancer tumor tumour
    diabetes hypertension asthma epilepsy depression hepatitis hiv pregnancy pregnant miscarriage disability
    surgery allergy allergic medication psychiatrist oncologist disorder chronic
    patientin diagnose symptome therapie rezept krebs diabetiker bluthochdruck depressionen schwanger
    schwangerschaft krankheit medikament medikamente psychiater behinderung
    diagnostic symptômes traitement grossesse enceinte maladie médicament dépression diabète psychiatre
    paciente diagnóstico síntomas tratamiento embarazo embarazada enfermedad medicamento depresión
"""
STRONG = frozenset(_STRONG.split())
WEAK = frozenset(_WEAK.split())
MIN_WEAK = 2
_ALL = STRONG | WEAK
_LATIN_ALL = frozenset(word.encode("latin-1") for word in _ALL)
_WORD_CHARS = frozenset(b"-" + bytes(range(48, 58)) + bytes(range(97, 123)) + bytes(range(0xDF, 0x100)))
_WORDS_ONLY = bytes(
    byte + 32 if 65 <= byte <= 90 or 0xC0 <= byte <= 0xDE else byte if byte in _WORD_CHARS else 32
    for byte in range(256)
)
_WORD = re.compile(r"[^\W_](?:[\w\-]*[^\W_])?")


def may_hold(latin: bytes) -> bool:
    return not _LATIN_ALL.isdisjoint(latin.translate(_WORDS_ONLY).split())


def find(text: str) -> Iterator[Finding]:
    found = [(word[0].casefold(), *word.span()) for word in _WORD.finditer(text)]
    found = [term for term in found if term[0] in _ALL]
    words = {word for word, *_ in found}
    if words & STRONG or len(words) >= MIN_WEAK:
        for _, start, end in found:
            yield Finding("health_terms", Kind.HEALTH, start, end)
