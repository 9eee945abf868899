"""Each detector against numbers that its issuer publishes for tests and examples, and near misses of them."""

import pytest

from routing.detection.catalogue import DETECTORS
from routing.detection.scanner import Scanner

EVERYTHING = Scanner(DETECTORS)

FOUND = [
    ("payment_card", "4111 1111 1111 1111"),
    ("payment_card", "4111111111111111"),
    ("payment_card", "4242-4242-4242-4242"),
    ("payment_card", "5555.5555.5555.4444"),
    ("payment_card", "2223003122003222"),
    ("payment_card", "3782 822463 10005"),
    ("payment_card", "6011111111111117"),
    ("payment_card", "3056 930902 5904"),
    ("payment_card", "3566002020360505"),
    ("payment_card", "6200000000000005"),
    ("payment_card", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"),
    ("iban", "DE89 3704 0044 0532 0130 00"),
    ("iban", "DE89370400440532013000"),
    ("iban", "gb82 west 1234 5698 7654 32"),
    ("iban", "FR14 2004 1010 0505 0001 3M02 606"),
    ("iban", "NL91-ABNA-0417-1643-00"),
    ("iban", "NO93 8601 1117 947"),
    ("iban", "MT84MALT011000012345MTLCAST001S"),
    ("email", "jane.doe+tag@example.com"),
    ("email", "o'brien@mail.example.co.uk"),
    ("phone", "+1 415 555 0132"),
    ("phone", "+44 (0)20 7946 0958"),
    ("phone", "+4917012345678"),
    ("phone", "(415) 555-0132"),
    ("phone", "415-555-0132"),
    ("phone", "07700 900123"),
    ("phone", "01 99 00 12 34"),
    ("us_ssn", "219-09-9999"),
    ("uk_nino", "AB 12 34 56 C"),
    ("uk_nino", "AB123456C"),
    ("de_tax_id", "86095742719"),
    ("de_tax_id", "86 095 742 719"),
    ("fr_nir", "2 55 08 14 168 025 38"),
    ("fr_nir", "255081416802538"),
    ("es_dni", "12345678Z"),
    ("es_dni", "12345678-Z"),
    ("es_dni", "X1234567L"),
    ("it_fiscal_code", "RSSMRA85T10A562S"),
    ("it_fiscal_code", "rssmra85t10a562s"),
    ("be_national", "85.07.30-033.28"),
    ("pl_pesel", "44051401359"),
    ("se_personal", "811228-9874"),
    ("se_personal", "19811228-9874"),
    ("fi_personal", "131052-308T"),
    ("fi_personal", "131052A308T"),
    ("ch_ahv", "756.9217.0769.85"),
    ("ie_pps", "1234567FA"),
    ("br_cpf", "529.982.247-25"),
    ("in_aadhaar", "9999 4105 7058"),
    ("cn_resident", "11010519491231002X"),
    ("aws_key", "AKIAIOSFODNN7EXAMPLE"),
    ("github_token", "ghp_" + "a1" * 18),
    ("slack_token", "xoxb-123456789012-abcdefABCDEF"),
    ("llm_key", "sk-proj-" + "A1b2" * 8),
    ("google_key", "AIza" + "Sy0" * 11 + "Ab"),
    ("stripe_key", "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"),
    ("signalbox_key", "sb-" + "ab2cd3ef4gh5" + "-" + "Zz9_" * 10 + "abc"),
    ("jwt", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"),
    ("private_key", "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----"),
    ("private_key", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl"),
]
NEAR = [
    ("nl_bsn", "BSN: ", "111222333"),
    ("us_ssn", "SSN ", "219099999"),
    ("ca_sin", "social insurance number ", "130 692 544"),
    ("se_personal", "personnummer ", "8112289874"),
    ("in_aadhaar", "Aadhaar no. ", "999941057058"),
    ("assigned_secret", "password: ", "hunter2abc"),
    ("assigned_secret", 'DB_PASSWORD="', "c0rrect-h0rse"),
    ("assigned_secret", "api_key = ", "9f8e7d6c5b4a39281706"),
]
NOT_FOUND = [
    "4111 1111 1111 1112",  # Luhn
    "1234 5678 1234 5670",  # no issuer
    "0000 0000 0000 0000",
    "0.4111111111111111",
    "DE88 3704 0044 0532 0130 00",  # mod 97
    "DE89 3704 0044 0532 0130",  # too short
    "XX89 3704 0044 0532 0130 00",
    "someone@localhost",
    "@example.com",
    "a @ b.com",
    "+1 12",
    "+83 123 456 789",
    "911-555-01",
    "115-555-0132",
    "000-12-3456",
    "666-12-3456",
    "219099999",
    "BG 12 34 56 A",
    "86095742710",
    "2 55 08 14 168 025 39",
    "12345678A",
    "RSSMRA85T10A562T",
    "111222333",  # a number of nine digits, and no word that names it
    "85.07.30-033.29",
    "44051401358",
    "811228-9875",
    "131052-308U",
    "756.9217.0769.86",
    "529.982.247-26",
    "9999 4105 7059",
    "11010519491231002Y",
    "AKIAIOSFODNN7EXAMPL",
    "xAKIAIOSFODNN7EXAMPLE",
    "risk-management-and-more-of-the-same",
    "the password: is secret",
    "token: see the documentation",
    "eyJhbGciOiJIUzI1NiJ9",
    "-----BEGIN PUBLIC KEY-----",
    "2026-11-22 09:15:30.123456",
    "version 10.20.30.40 of 2026",
    "a research budget for cancer",
    "1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
]


@pytest.mark.parametrize(("detector", "value"), FOUND)
@pytest.mark.parametrize("around", ["{}", "It is {}, thanks.", '{{"x":"{}"}}', "Ünïcode “{}” \u2013 ja"])
def test_a_value_is_found_exactly_where_it_stands(detector: str, value: str, around: str) -> None:
    text = around.format(value)
    found = [text[each.start : each.end] for each in EVERYTHING.scan(text) if each.detector == detector]
    if detector == "private_key" and "END" not in value:
        assert found[0].startswith(value)  # a block without an end goes on
    else:
        assert found == [value]


@pytest.mark.parametrize(("detector", "before", "value"), NEAR)
def test_a_weak_number_is_found_near_a_word_that_names_it(detector: str, before: str, value: str) -> None:
    found = EVERYTHING.scan(before + value)
    assert [(each.detector, (before + value)[each.start : each.end]) for each in found] == [(detector, value)]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_a_near_miss_is_left_alone(text: str) -> None:
    assert EVERYTHING.scan(text) == []


def test_a_detector_alone_finds_what_it_finds_among_all() -> None:
    for detector, value in FOUND:
        alone = Scanner((detector,)).scan(value)
        assert [each.detector for each in alone] == [detector], value


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("The patient was diagnosed with diabetes.", ["patient", "diagnosed", "diabetes"]),
        ("She began chemotherapy in May.", ["chemotherapy"]),
        ("Die Anamnese ergab nichts.", ["Anamnese"]),
        ("Her cancer, and again cancer", []),
    ],
)
def test_health_needs_one_word_of_the_ward_or_two_of_the_newspaper(text: str, terms: list[str]) -> None:
    found = [each for each in EVERYTHING.scan(text) if each.detector == "health_terms"]
    assert [text[each.start : each.end] for each in found] == terms
