"""Finds out who calls. The session cookie of the pages counts for nothing here."""

import ipaddress

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest

from assistants_app.api.callers import Caller
from assistants_app.api.errors import ApiError
from assistants_app.models import ApiKey, Role
from assistants_app.services import keys
from assistants_app.services.authors import Author

LOCAL = Caller(author=Author(person=None, label="API"), role=Role.OPERATOR)
"""Whoever calls from this machine, with ASSISTANTS_API_AUTH=none."""


async def authenticate(request: HttpRequest) -> Caller:
    """Raises ApiError: 401 without a valid key, 403 from elsewhere when no keys are asked for."""
    if settings.API_AUTH == "none":
        if not _is_loopback(request.META.get("REMOTE_ADDR", "")):
            raise ApiError(403, "ASSISTANTS_API_AUTH=none answers this machine alone.")
        return LOCAL
    secret = given_key(request)
    if not secret:
        raise ApiError(401, "An API key is needed: send it as the header X-Api-Key.", {"WWW-Authenticate": "ApiKey"})
    found = await sync_to_async(keys.find_key, thread_sensitive=True)(secret)
    if found is None:
        raise ApiError(401, "This API key is not valid: it is unknown, expired or revoked.")
    return _caller(found)


def given_key(request: HttpRequest) -> str:
    """The key that a request brings: as X-Api-Key, or as a bearer token."""
    if key := request.headers.get("X-Api-Key"):
        return key
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _caller(key: ApiKey) -> Caller:
    return Caller(author=Author.with_key(key), role=Role(key.role), identity=str(key.id))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
