"""Where a request comes from, also behind proxies of ours."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104  (what stands for an address that nobody told, such as a unix socket's)


def client_address(request: HttpRequest) -> str:
    """The address of whoever sent the request.

    Each proxy adds the address that it was called from at the end of X-Forwarded-For. With N proxies of ours
    the N-th from the end is therefore true; whatever stands before it the client wrote itself.
    """
    told = str(request.META.get("REMOTE_ADDR", ""))
    if settings.PROXY_HOPS:
        passed = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
        told = passed[-settings.PROXY_HOPS].strip() if len(passed) >= settings.PROXY_HOPS else told
    try:
        return str(ipaddress.ip_address(told))
    except ValueError:
        return UNKNOWN
