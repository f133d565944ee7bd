"""Whether a call comes from this machine itself, which is all that stands before an API that asks for no keys."""

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.http.request import HttpHeaders

PROXIED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via")
"""Headers of proxies: who came through one may be anywhere, whatever address it says."""
_PROXIED = frozenset(HttpHeaders.to_wsgi_name(name) for name in PROXIED)


def called_from_here(request: HttpRequest) -> bool:
    """True of a program of this machine; not of one behind a proxy. Whose page a browser shows is not asked here."""
    if not _PROXIED.isdisjoint(request.META):
        return False
    return is_loopback(request.META.get("REMOTE_ADDR", ""))


@lru_cache(maxsize=1024)
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
