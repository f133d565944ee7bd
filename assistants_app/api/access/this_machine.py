"""Whether a call comes from this machine itself, which is all that stands before an API that asks for no keys."""

import ipaddress
from urllib.parse import urlsplit

from django.http import HttpRequest

PROXIED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via")
"""Headers of proxies: who came through one may be anywhere, whatever address it says."""


def called_from_here(request: HttpRequest) -> bool:
    """True of a program of this machine; not of one behind a proxy. Whose page a browser shows is not asked here."""
    if any(name in request.headers for name in PROXIED):
        return False
    return is_loopback(request.META.get("REMOTE_ADDR", ""))


def is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


def is_loopback_origin(origin: str) -> bool:
    """Of "http://localhost:3000" and its like."""
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:
        return False
    return host == "localhost" or host.endswith(".localhost") or is_loopback(host)
