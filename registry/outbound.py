"""One POST to an address that somebody of ours typed in: no redirect, no proxy, and no way into our network.

Standard library on purpose: HTTP clients of ours live where providers are called, far above this layer, and
a notice every now and then needs no pool. The name is resolved here, every address is held against the rule,
and the connection goes to the address that was checked, so that a name can't be resolved once for the check
and again for the call.
"""

import http.client
import socket
import ssl
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from registry.core.endpoints import address_allowed, endpoint_problem, host_named
from registry.errors import PostFailed

TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 4 * 1024
MAX_ADDRESSES = 8


def post(url: str, body: bytes, headers: Mapping[str, str], *, allowed_hosts: Collection[str]) -> None:
    """Deliver `body`; anything but a 2xx answer within TIMEOUT_S raises PostFailed, which says why.

    `allowed_hosts` are the host[:port] names that may be plain http or private.
    """
    if problem := endpoint_problem(url, allowed_hosts):
        raise PostFailed(problem)
    parts = urlsplit(url)
    target = parts.path or "/"
    connection = _connection(url, allowed_hosts)
    try:
        connection.request("POST", target, body=body, headers={"user-agent": "signalbox", **headers})
        answer = connection.getresponse()
        answer.read(MAX_ANSWER_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise PostFailed(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        raise PostFailed(f"It answered {answer.status}.")


def _connection(url: str, allowed_hosts: Collection[str]) -> http.client.HTTPConnection:
    """A connection whose socket goes to an address that was checked; TLS still asks for the name."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    sock = _connected(host, port, host_named(url, allowed_hosts))
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        connection.sock = (
            ssl.create_default_context().wrap_socket(sock, server_hostname=host) if secure else sock
        )
    except OSError as error:
        sock.close()
        raise PostFailed(f"{type(error).__name__}: {error}") from error
    return connection


def _connected(host: str, port: int, named: bool) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise PostFailed(f"The name {host} can't be resolved.") from error
    addresses = [entry for entry in found if address_allowed(str(entry[4][0]), named)][:MAX_ADDRESSES]
    if not addresses:
        raise PostFailed("The name resolves to no address that is allowed.")
    problem = OSError()
    for family, kind, protocol, _, address in addresses:
        sock = socket.socket(family, kind, protocol)
        sock.settimeout(TIMEOUT_S)
        try:
            sock.connect(address)
        except OSError as error:
            sock.close()
            problem = error
        else:
            return sock
    raise PostFailed(f"{type(problem).__name__}: {problem}") from problem
