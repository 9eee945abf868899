import pytest

from registry.core.endpoints import address_allowed, endpoint_problem, host_of, normalise_host

GOOD = [
    "https://api.openai.com/v1",
    "https://api.openai.com:8443/v1/",
    "https://8.8.8.8/v1",
    "https://[2606:4700::1111]/v1",
    "https://bedrock-runtime.eu-central-1.amazonaws.com",
    "https://some.openai.azure.com/openai?api-version=2024-10-21",
]
BAD = [
    "",
    "api.openai.com",
    "http://api.openai.com/v1",
    "ftp://api.openai.com",
    "file:///etc/passwd",
    "https://",
    "https://user:secret@api.openai.com",
    "https://@api.openai.com",
    "https://api.openai.com/v1?key=1",
    "https://api.openai.com/v1?",
    "https://some.openai.azure.com/openai?api-version=2024-10-21&key=1",
    "https://some.openai.azure.com/openai?api-version=",
    "https://api.openai.com/v1#x",
    "https://api.openai.com/../admin",
    "https://api.openai.com:0/",
    "https://api.openai.com:99999/",
    "https://api.openai.com\\@evil.example/",
    "https://api.openai.com/\n",
    "https://ap%69.openai.com/",
    "https://\u0430pi.openai.com/",
    "https://localhost/v1",
    "https://sub.localhost/v1",
    "https://printer.local/",
    "https://intranet/v1",
    "https://db.internal/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://172.16.3.4/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://169.254.10.10/",
    "https://[::1]/",
    "https://[::]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://metadata.google.internal/",
    "https://metadata.google.internal./",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://" + "a" * 600 + ".example/",
]


@pytest.mark.parametrize("url", GOOD)
def test_public_https_endpoints_are_accepted(url: str) -> None:
    assert endpoint_problem(url, []) is None


@pytest.mark.parametrize("url", BAD)
def test_endpoints_that_could_reach_inside_are_refused(url: str) -> None:
    assert endpoint_problem(url, [])


@pytest.mark.parametrize(
    ("url", "allowed", "accepted"),
    [
        ("http://127.0.0.1:9100/v1", ["127.0.0.1:9100"], True),
        ("http://127.0.0.1:9101/v1", ["127.0.0.1:9100"], False),
        ("http://vllm.internal/v1", ["vllm.internal"], True),
        ("http://vllm.internal:8000/v1", ["vllm.internal"], True),
        ("https://[::1]:9/", ["[::1]:9"], True),
        ("http://169.254.169.254/", ["169.254.169.254"], False),
        ("http://metadata.google.internal/", ["metadata.google.internal"], False),
        ("http://user@127.0.0.1:9100/", ["127.0.0.1:9100"], False),
    ],
)
def test_a_name_in_the_settings_opens_that_host_and_no_metadata(
    url: str, allowed: list[str], accepted: bool
) -> None:
    assert (endpoint_problem(url, allowed) is None) is accepted


@pytest.mark.parametrize(
    ("ip", "unnamed", "named"),
    [
        ("8.8.8.8", True, True),
        ("127.0.0.1", False, True),
        ("10.1.2.3", False, True),
        ("100.64.0.1", False, True),
        ("::1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("64:ff9b::a00:1", False, True),
        ("169.254.169.254", False, False),
        ("169.254.1.1", False, False),
        ("fe80::1%eth0", False, False),
        ("fd00:ec2::254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("0.0.0.0", False, False),
        ("224.0.0.1", False, False),
        ("not an address", False, False),
    ],
)
def test_resolved_addresses_are_judged_again(ip: str, unnamed: bool, named: bool) -> None:
    assert (address_allowed(ip, False), address_allowed(ip, True)) == (unnamed, named)


def test_a_host_has_one_form() -> None:
    assert host_of("https://API.OpenAI.com.:443/v1") == "api.openai.com"
    assert host_of("http://127.0.0.1:9100/v1") == "127.0.0.1:9100"
    assert normalise_host("api.openai.com") == "api.openai.com"
    assert normalise_host("https://x/") != "https://x/"
