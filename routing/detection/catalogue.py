"""Every detector by name: its kind, and what it finds in words. Records keep the names: add, never rename."""

from collections.abc import Mapping
from dataclasses import dataclass

from routing.detection.finding import Kind

PRESIDIO = "presidio_"


@dataclass(frozen=True, slots=True)
class Detector:
    """`label` names the finding in placeholders; `words` says what is found."""

    kind: Kind
    label: str
    words: str

    @property
    def redactable(self) -> bool:
        return self.kind is not Kind.UNSCANNABLE


_PERSONAL = {
    "email": ("EMAIL", "e-mail address"),
    "phone": ("PHONE", "telephone number"),
    "us_ssn": ("US_SSN", "US social security number"),
    "uk_nino": ("UK_NINO", "UK national insurance number"),
    "de_tax_id": ("DE_TAX_ID", "German tax identification number"),
    "fr_nir": ("FR_NIR", "French social security number (NIR)"),
    "es_dni": ("ES_DNI", "Spanish identity number (DNI, NIE)"),
    "it_fiscal_code": ("IT_FISCAL_CODE", "Italian fiscal code"),
    "nl_bsn": ("NL_BSN", "Dutch citizen service number (BSN)"),
    "be_national": ("BE_NATIONAL", "Belgian national register number"),
    "pl_pesel": ("PL_PESEL", "Polish PESEL"),
    "se_personal": ("SE_PERSONAL", "Swedish personal identity number"),
    "fi_personal": ("FI_PERSONAL", "Finnish personal identity code"),
    "no_national": ("NO_NATIONAL", "Norwegian national identity number"),
    "ch_ahv": ("CH_AHV", "Swiss social security number (AHV)"),
    "ie_pps": ("IE_PPS", "Irish personal public service number"),
    "br_cpf": ("BR_CPF", "Brazilian CPF"),
    "ca_sin": ("CA_SIN", "Canadian social insurance number"),
    "in_aadhaar": ("IN_AADHAAR", "Indian Aadhaar number"),
    "cn_resident": ("CN_RESIDENT", "Chinese resident identity number"),
    "presidio_person": ("PERSON", "name of a person (Presidio)"),
    "presidio_location": ("LOCATION", "place or address (Presidio)"),
    "presidio_nrp": ("NRP", "nationality, religion or political group (Presidio)"),
    "presidio_date_time": ("DATE", "date or time (Presidio)"),
}
_PAYMENT = {
    "payment_card": ("CARD", "payment card number"),
    "iban": ("IBAN", "bank account number (IBAN)"),
}
_SECRET = {
    "aws_key": ("AWS_KEY", "AWS access key"),
    "github_token": ("GITHUB_TOKEN", "GitHub token"),
    "slack_token": ("SLACK_TOKEN", "Slack token"),
    "llm_key": ("LLM_KEY", "key of a model provider (OpenAI, Anthropic and the like)"),
    "google_key": ("GOOGLE_KEY", "Google API key"),
    "stripe_key": ("STRIPE_KEY", "Stripe key"),
    "signalbox_key": ("SIGNALBOX_KEY", "key of this platform"),
    "private_key": ("PRIVATE_KEY", "private key block"),
    "jwt": ("JWT", "JSON web token"),
    "assigned_secret": ("SECRET", "password or key that is assigned to a name"),
}
_HEALTH = {
    "health_terms": ("HEALTH", "words of diagnoses and treatment"),
    "presidio_medical_license": ("MEDICAL_LICENSE", "medical licence number (Presidio)"),
}
_UNSCANNABLE = {
    "image": ("IMAGE", "image, which is not read"),
    "audio": ("AUDIO", "audio, which is not heard"),
    "file": ("FILE", "file, whose content is not read"),
    "tokens": ("TOKENS", "text as numbers of tokens, which are not read"),
}

DETECTORS: Mapping[str, Detector] = {
    name: Detector(kind, label, words)
    for kind, table in (
        (Kind.PERSONAL, _PERSONAL),
        (Kind.PAYMENT, _PAYMENT),
        (Kind.SECRET, _SECRET),
        (Kind.HEALTH, _HEALTH),
        (Kind.UNSCANNABLE, _UNSCANNABLE),
    )
    for name, (label, words) in table.items()
}
KIND_WORDS: Mapping[Kind, str] = {
    Kind.PERSONAL: "personal data",
    Kind.HEALTH: "health data",
    Kind.PAYMENT: "payment data",
    Kind.SECRET: "keys and passwords",
    Kind.UNSCANNABLE: "what can't be read: images, audio, files",
}


def is_optional(detector: str) -> bool:
    """Whether it comes with the extra `[presidio]`."""
    return detector.startswith(PRESIDIO)


def covered_by(finds: str) -> frozenset[str]:
    """The detectors that a rule about `finds` (a kind or a detector) needs. A kind asks for no optional one:
    those are named one by one."""
    if finds in DETECTORS:
        return frozenset((finds,))
    return frozenset(
        name for name, known in DETECTORS.items() if known.kind.value == finds and not is_optional(name)
    )


def finds_in_words(finds: str) -> str:
    """A kind or a detector; an unknown name as it is."""
    if finds in DETECTORS:
        return DETECTORS[finds].words
    return KIND_WORDS[Kind(finds)] if finds in set(Kind) else finds
