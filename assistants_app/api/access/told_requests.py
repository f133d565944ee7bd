"""What an authentication handler may ask to be told of a request, by the names of its parameters."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from starlette.requests import Request

from assistants_app.api.errors import ApiError
from assistants_app.domain.errors import InvalidJson, OwnCodeUnavailable
from assistants_app.domain.json_values import load_strict

PREFIX = "/api"
"""Where the API is: handlers are told addresses as the LangGraph Server API writes them."""


class Headers(dict[bytes, bytes]):
    """By their names in lower case; a name may be asked for as text too."""

    def __getitem__(self, key: Any) -> bytes:
        return super().__getitem__(_name(key))

    def __contains__(self, key: object) -> bool:
        return super().__contains__(_name(key))

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_name(key), default)


def _name(key: Any) -> Any:
    return key.lower().encode("latin-1", "replace") if isinstance(key, str) else key


def wanted(handler: Callable[..., Any]) -> tuple[str, ...]:
    """The handler's parameters. Raises OwnCodeUnavailable for one that nothing can be told for."""
    found = []
    for parameter in inspect.signature(handler).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.name in TELLERS:
            found.append(parameter.name)
        elif parameter.default is parameter.empty:
            known = ", ".join(TELLERS)
            raise OwnCodeUnavailable(
                f'The handler for @auth.authenticate asks for "{parameter.name}"; it can be told {known}.'
            )
    return tuple(found)


def told(request: HttpRequest, path: Mapping[str, str], names: tuple[str, ...]) -> dict[str, Any]:
    """Raises ApiError."""
    return {name: TELLERS[name](request, path) for name in names}


def _scope(request: HttpRequest, path: Mapping[str, str]) -> dict[str, Any]:
    return {**getattr(request, "scope", {}), "root_path": PREFIX, "path_params": dict(path)}


def _starlette(request: HttpRequest, path: Mapping[str, str]) -> Request:
    """Its body can be read, for it was received before."""
    body = _bytes(request)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(_scope(request, path), receive)


def _bytes(request: HttpRequest) -> bytes:
    try:
        return request.body
    except RequestDataTooBig:
        raise ApiError(413, "The request body is too large.") from None


def _body(request: HttpRequest, _path: Mapping[str, str]) -> Any:
    """As JSON; {} where it is none, which the operation itself will refuse."""
    try:
        return load_strict(_bytes(request).decode())
    except (UnicodeDecodeError, InvalidJson):
        return {}


def _headers(request: HttpRequest, _path: Mapping[str, str]) -> Headers:
    return Headers(getattr(request, "scope", {}).get("headers", ()))


TELLERS: dict[str, Callable[[HttpRequest, Mapping[str, str]], Any]] = {
    "request": _starlette,
    "body": _body,
    "path": lambda request, _path: request.path.removeprefix(PREFIX),
    "method": lambda request, _path: request.method,
    "path_params": lambda _request, path: dict(path),
    "query_params": lambda request, _path: request.GET.dict(),
    "headers": _headers,
    "authorization": lambda request, _path: request.headers.get("Authorization"),
    "scope": lambda request, path: _scope(request, path),
}
