"""Requests to AWS are signed as they leave. The signature is derived again here, from what arrived."""

import hashlib
import hmac
import json
import re
import sys
from urllib.parse import quote

import pytest
import pytest_asyncio

from registry.dialects import quirk_problem, register_quirks
from routing import adapters
from routing.adapters.contract import PreparedRequest, ProviderError, Signing, Target
from routing.lane.signing import EXTRA_MISSING, access_key, signed, unusable_quirks
from routing.lane.transport import Transport
from tests.routing.lane.conftest import served

KEY_ID, SECRET, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a-session"
HELLO = {"model": "m", "messages": [{"role": "user", "content": "hé"}]}
MODELS = [
    "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/ab12",
    "odd name+%20~(x)",
]


class Upstream:
    def __init__(self) -> None:
        self.path, self.headers, self.body = "", {}, b""

    async def __call__(self, scope, receive, send) -> None:
        self.path = scope["raw_path"].decode()
        self.headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        more = True
        while more:
            message = await receive()
            self.body += message.get("body", b"")
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    def signature(self, region: str) -> str:
        """What AWS would find, after its documentation of SigV4."""
        names = re.search(r"SignedHeaders=([^,]+)", self.headers["authorization"]).group(1)
        lines = "".join(f"{name}:{self.headers[name].strip()}\n" for name in names.split(";"))
        digest = hashlib.sha256(self.body).hexdigest()
        canonical = f"POST\n{quote(self.path, safe='/-_.~')}\n\n{lines}\n{names}\n{digest}"
        at = self.headers["x-amz-date"]
        scope = f"{at[:8]}/{region}/bedrock/aws4_request"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        secret = f"AWS4{SECRET}".encode()
        for part in scope.split("/"):
            secret = hmac.digest(secret, part.encode(), "sha256")
        return hmac.digest(secret, f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{hashed}".encode(), "sha256").hex()


@pytest_asyncio.fixture
async def upstream():
    app = Upstream()
    async with served(app) as url:
        app.url = url
        yield app


@pytest_asyncio.fixture
async def transport():
    made = Transport(allowed=lambda host, port, address: True)
    yield made
    await made.close()


def prepared(url: str, credential: str, model: str = "m", *, stream: bool = False) -> PreparedRequest:
    target = Target(url, model, 512, api_key=credential, quirks=frozenset({"sigv4"}))
    return adapters.get("bedrock").prepare(HELLO, target, stream=stream)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("token", ["", TOKEN])
@pytest.mark.parametrize("stream", [False, True])
async def test_the_signature_is_that_of_what_arrives(upstream, transport, model, token, stream):
    credential = json.dumps(
        {"AccessKeyId": KEY_ID, "SecretAccessKey": SECRET, "SessionToken": token, "Region": "eu-west-1"}
    )
    request = await signed(prepared(upstream.url, credential, model, stream=stream))
    async with await transport.open(request, read_timeout_s=2) as reply:
        await reply.read()
    assert upstream.headers["authorization"].startswith(f"AWS4-HMAC-SHA256 Credential={KEY_ID}/")
    assert upstream.headers["authorization"].endswith("Signature=" + upstream.signature("eu-west-1"))
    assert upstream.headers.get("x-amz-security-token", "") == token
    assert SECRET not in str(upstream.headers)


async def test_the_region_is_that_of_the_endpoint_before_that_of_the_credential():
    url = "https://bedrock-runtime.us-gov-west-1.amazonaws.com"
    credential = json.dumps({"access_key_id": KEY_ID, "secret_access_key": SECRET, "region": "eu-west-1"})
    request = await signed(prepared(url, credential))
    assert "/us-gov-west-1/bedrock/aws4_request" in request.headers["authorization"]
    assert request.signing is None


@pytest.mark.parametrize(
    ("base_url", "region"),
    [
        ("https://bedrock-runtime.eu-west-1.amazonaws.com", "eu-west-1"),
        ("https://bedrock-runtime-fips.us-east-1.amazonaws.com", "us-east-1"),
        ("https://vpce-0a-1b.bedrock-runtime.ap-southeast-2.vpce.amazonaws.com", "ap-southeast-2"),
        ("https://bedrock-runtime.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("https://gateway.example.com/bedrock-runtime.eu-west-1.amazonaws.com", ""),
    ],
)
def test_the_host_names_the_region(base_url, region):
    assert prepared(base_url, "a:b").signing.region == region


def test_an_api_key_is_a_bearer_token_and_needs_no_signature():
    target = Target("https://bedrock-runtime.eu-west-1.amazonaws.com", "m", 512, api_key="ABSKkey")
    request = adapters.get("bedrock").prepare(HELLO, target, stream=False)
    assert (request.headers["authorization"], request.signing) == ("Bearer ABSKkey", None)


@pytest.mark.parametrize(
    ("text", "token"),
    [(f"{KEY_ID}:{SECRET}", ""), (f" {KEY_ID}:{SECRET}:{TOKEN}\n", TOKEN)],
)
def test_a_short_credential_is_split_at_its_colons(text, token):
    key = access_key(text)
    assert (key.key_id, key.secret, key.token) == (KEY_ID, SECRET, token)
    assert SECRET not in repr(key)


@pytest.mark.parametrize("text", ["", "AKID", "AKID:", ":secret", "{}", "{", "[" * 9, '{"access_key_id": 7}'])
def test_a_credential_that_is_no_access_key_is_an_error_of_authentication(text):
    with pytest.raises(ProviderError, match="no access key") as caught:
        access_key(text)
    assert (caught.value.kind, caught.value.retryable) == ("authentication", False)


@pytest.mark.parametrize(
    ("signing", "words"),
    [
        (Signing("sigv4", "bedrock", "", "a:b"), "names no region"),
        (Signing("morse", "bedrock", "eu-west-1", "a:b"), "no signature of the scheme morse"),
    ],
)
async def test_what_can_not_be_signed_is_not_sent(signing, words):
    with pytest.raises(ProviderError, match=words):
        await signed(PreparedRequest("POST", "https://x.test/", {}, b"", signing=signing))


async def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "botocore.auth", None)
    with pytest.raises(ProviderError) as caught:
        await signed(prepared("https://bedrock-runtime.eu-west-1.amazonaws.com", "a:b"))
    assert str(caught.value) == EXTRA_MISSING


def test_without_the_extra_no_such_endpoint_is_published(monkeypatch):
    monkeypatch.setattr("routing.lane.signing.find_spec", lambda name: None)
    quirks = adapters.quirks("bedrock")
    register_quirks("bedrock", quirks, unusable_quirks())
    try:
        assert quirk_problem("bedrock", ["claude", "sigv4"]) == EXTRA_MISSING
        assert quirk_problem("bedrock", ["claude"]) is None
    finally:
        register_quirks("bedrock", quirks)
