"""Finds out who calls. The session cookie of the pages counts for nothing here."""

from collections.abc import Mapping
from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest

from assistants_app.api.access.callers import Caller
from assistants_app.api.access.cors import may_call
from assistants_app.api.access.key_ring import key_ring
from assistants_app.api.access.this_machine import called_from_here
from assistants_app.api.errors import ApiError
from assistants_app.api.server_config import custom_auth, server_config
from assistants_app.models import Role
from assistants_app.services.authors import Author

LOCAL = Caller(author=Author(person=None, label="API", role=Role.OPERATOR), role=Role.OPERATOR)
"""Whoever calls from this machine, with ASSISTANTS_API_AUTH=none."""


async def authenticate(request: HttpRequest, path: Mapping[str, str]) -> Caller:
    """Raises ApiError: 401 without a valid key, 403 from elsewhere when no keys are asked for."""
    found = await _authenticate(request, path)
    headers = server_config().http.configurable_headers
    if not headers.includes:
        return found
    return replace(
        found, headers={name.lower(): value for name, value in request.headers.items() if headers.lets_through(name)}
    )


async def _authenticate(request: HttpRequest, path: Mapping[str, str]) -> Caller:
    if (custom := custom_auth()) is not None:
        return await custom.authenticate(request, path)
    if settings.API_AUTH == "none":
        if not called_from_here(request):
            raise ApiError(403, "ASSISTANTS_API_AUTH=none answers programs of this machine alone.")
        origin = request.META.get("HTTP_ORIGIN")
        if origin is not None and not may_call(origin, server_config().http.cors):
            raise ApiError(403, "ASSISTANTS_API_AUTH=none answers pages of this machine alone, or those of http.cors.")
        return LOCAL
    secret = given_key(request)
    if not secret:
        raise ApiError(401, "An API key is needed: send it as the header X-Api-Key.", {"WWW-Authenticate": "ApiKey"})
    return await key_ring().caller(secret, address=request.META.get("REMOTE_ADDR", ""))


def given_key(request: HttpRequest) -> str:
    """The key that a request brings: as X-Api-Key, or as a bearer token."""
    if key := request.META.get("HTTP_X_API_KEY"):
        return str(key)
    scheme, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
