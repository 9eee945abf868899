"""Which endpoints a call may go to. Pure: names and addresses come in, the reason for a refusal comes out.

An endpoint is public https, unless its host[:port] was allowed by name in the settings. A name that
passes here may still resolve to an address of ours, so the transport asks `address_allowed` again, of every
address that the name resolved to.
"""

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import urlsplit

MAX_URL_LENGTH = 500
METADATA_HOSTS = frozenset({"metadata", "metadata.google.internal", "metadata.goog", "instance-data"})
METADATA_ADDRESSES = frozenset(
    ipaddress.ip_address(address)
    for address in (
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "100.100.100.200",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd20:ce::254",
    )
)
LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".localdomain", ".home.arpa")
_HOST = re.compile(r"\A(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\Z")
_QUERY = re.compile(r"\Aapi-version=[a-z0-9.-]{1,32}\Z")
_NUMERIC_LABEL = re.compile(r"\A(0x[0-9a-f]*|[0-9]+)\Z")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def endpoint_problem(url: str, allowed: Collection[str]) -> str | None:
    """Why calls may not go to `url`, in words; None where they may.

    `allowed` holds the host[:port] names that may be plain http, private or local.
    """
    problem = _form_problem(url)
    if problem:
        return problem
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if host in METADATA_HOSTS or _address(host) in METADATA_ADDRESSES:
        return "A cloud's metadata service is never an endpoint."
    if _named(host, parts.port, allowed):
        return None
    if parts.scheme != "https":
        return "The endpoint must be https, unless its host is named in SIGNALBOX_INSECURE_ENDPOINT_HOSTS."
    return _host_problem(host)


def address_allowed(ip: str, allowed: bool) -> bool:
    """Whether a connection may be made to `ip`.

    `allowed` says that the endpoint's host is allowed by name, which opens private and loopback addresses;
    metadata and link-local addresses, multicast and the unspecified address stay shut for everyone.
    """
    address = _address(ip)
    if address is None:
        return False
    address = _unwrapped(address)
    if (
        address in METADATA_ADDRESSES
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
    ):
        return False
    return allowed or (address.is_global and not address.is_reserved)


def host_named(url: str, allowed: Collection[str]) -> bool:
    """Whether the host[:port] of `url` was allowed by name."""
    parts = urlsplit(url)
    return _named((parts.hostname or "").rstrip("."), parts.port, allowed)


def host_of(url: str) -> str:
    """The host[:port] of `url` in the form that credentials are bound to: no default port, no final dot."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    shown = f"[{host}]" if ":" in host else host
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return shown if parts.port in (None, default) else f"{shown}:{parts.port}"


def normalise_host(host: str) -> str:
    """`host` in the form of `host_of`, or "" where it is not a host[:port]."""
    try:
        parts = urlsplit(f"https://{host}")
        if parts.path or parts.query or parts.fragment or parts.username is not None:
            return ""
        return host_of(f"https://{host}")
    except ValueError:
        return ""


def _form_problem(url: str) -> str | None:
    if len(url) > MAX_URL_LENGTH:
        return f"The URL is longer than {MAX_URL_LENGTH} characters."
    if not url.isascii() or any(character <= " " or character in '\\"<>^`{|}\x7f' for character in url):
        return "The URL has characters that a URL must not have."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is not a URL."
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return "Give an absolute URL, beginning with https://."
    if "@" in parts.netloc:
        return "The URL must hold no user name or password."
    if (parts.query or "?" in url) and not _QUERY.match(parts.query):
        return "The URL must have no query, save for Azure's api-version."
    if parts.fragment or "#" in url:
        return "The URL must have no fragment."
    if ".." in parts.path.split("/") or "%" in parts.netloc:
        return "The URL must be in its plain form."
    if port == 0:
        return "Port 0 is no port."
    return None


def _host_problem(host: str) -> str | None:
    address = _address(host)
    if address is not None:
        return None if address_allowed(host, False) else "The address is private, local or reserved."
    if not _HOST.match(host):
        return "This is not the name of a host."
    if _NUMERIC_LABEL.match(host.rsplit(".", 1)[-1]):
        return "Write an address in its plain form."  # 2130706433, 0x7f.1, 127.1: addresses to a resolver
    if "." not in host or host.endswith(LOCAL_SUFFIXES):
        return "The name is local to this network; it must be allowed by name."
    return None


def _named(host: str, port: int | None, allowed: Collection[str]) -> bool:
    shown = f"[{host}]" if ":" in host else host
    return bool(host) and (shown in allowed or (port is not None and f"{shown}:{port}" in allowed))


def _address(host: str) -> Address | None:
    try:
        return _unwrapped(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return None


def _unwrapped(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one (mapped, 6to4, NAT64), which is where the packets would go."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id:
            address = ipaddress.IPv6Address(int(address))
        inner = address.ipv4_mapped or address.sixtofour or _nat64(address)
        return inner or address
    return address


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    prefix = ipaddress.IPv6Network("64:ff9b::/96")
    return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF) if address in prefix else None
