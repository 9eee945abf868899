"""Where Anthropic's messages are, and how they take a credential."""

from routing.adapters.contract import Target

VERSION = "2023-06-01"


def headers_for(target: Target, *, stream: bool = False) -> dict[str, str]:
    headers = {
        "content-type": "application/json",
        "accept": "text/event-stream" if stream else "application/json",
        "anthropic-version": VERSION,
    }
    if target.api_key and "bearer" in target.quirks:
        headers["authorization"] = f"Bearer {target.api_key}"
    elif target.api_key:
        headers["x-api-key"] = target.api_key
    return headers


def url_of(base_url: str) -> str:
    """With or without the version in `base_url`: Anthropic's own clients leave it out."""
    base = base_url.rstrip("/")
    return f"{base}/messages" if base.endswith("/v1") else f"{base}/v1/messages"
