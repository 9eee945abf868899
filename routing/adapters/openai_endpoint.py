"""Where an endpoint of OpenAI's family is, and how it takes a credential: chat completions and Responses."""

from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from routing.adapters.contract import Target
from routing.adapters.posting import in_path

AZURE_HOST = "azure.com"  # takes a key as `api-key`
CREDENTIAL_QUIRKS = {
    "api_key_header": "takes the credential as `api-key`",
    "bearer": "takes the credential as a bearer token",
}
DEPLOYMENT_PATH = "deployment_path"  # chat alone: Azure's Responses API has the model in the body


def headers_for(
    target: Target,
    *,
    stream: bool = False,
    content_type: str = "application/json",
    accept: str = "application/json",
) -> dict[str, str]:
    headers = {
        "content-type": content_type,
        "accept": "text/event-stream" if stream else accept,
    }
    if target.api_key:
        headers.update(_credential(target))
    return headers


def url_for(target: Target, method: str) -> str:
    """`base_url` with the method's path; a query in it (Azure's `api-version`) stays."""
    path = method
    if DEPLOYMENT_PATH in target.quirks:
        path = f"/deployments/{in_path(target.upstream_id)}{method}"
    if "?" not in target.base_url:
        return target.base_url.rstrip("/") + path
    parts = urlsplit(target.base_url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + path))


@lru_cache(maxsize=1024)
def is_at(base_url: str, *domains: str) -> bool:
    """Whether `base_url` is at one of `domains` or below it."""
    host = "." + (urlsplit(base_url).hostname or "")
    return any(host.endswith("." + domain) for domain in domains)


def _credential(target: Target) -> dict[str, str]:
    as_key = "api_key_header" in target.quirks or is_at(target.base_url, AZURE_HOST)
    if as_key and "bearer" not in target.quirks:
        return {"api-key": target.api_key}
    return {"authorization": f"Bearer {target.api_key}"}
