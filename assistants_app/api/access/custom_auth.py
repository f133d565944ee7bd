"""Authentication and authorization by code of the site's own: the `langgraph_sdk.Auth` object of a langgraph.json."""

import inspect
from collections.abc import Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest

from assistants_app.api.access.auth_users import as_user, label_of
from assistants_app.api.access.callers import Caller, Filter
from assistants_app.api.access.told_requests import told, wanted
from assistants_app.api.errors import ApiError
from assistants_app.domain.errors import OwnCodeUnavailable
from assistants_app.models import Role
from assistants_app.services.authors import Author

OPERATORS = {"$eq", "$contains"}


class CustomAuth:
    """The handlers of one `Auth` object. Keys of this site's own count for nothing beside it."""

    def __init__(self, auth: Any) -> None:
        """Raises OwnCodeUnavailable for what is no such object, or cannot authenticate anybody."""
        from langgraph_sdk import Auth

        if not isinstance(auth, Auth):
            raise OwnCodeUnavailable(f"auth.path leads to a {type(auth).__name__}, not to a langgraph_sdk.Auth object.")
        if auth._authenticate_handler is None:
            raise OwnCodeUnavailable("The Auth object of auth.path has no handler for @auth.authenticate.")
        self._auth = auth
        self._handler: Any = auth._authenticate_handler
        self._wanted = wanted(self._handler)

    async def authenticate(self, request: HttpRequest, path: Mapping[str, str]) -> Caller:
        """Raises ApiError with what the handler raises."""
        arguments = told(request, path, self._wanted)
        if inspect.iscoroutinefunction(self._handler):
            found = await _answered(self._handler(**arguments), status=401)
        else:
            found = await _answered(sync_to_async(self._handler, thread_sensitive=False)(**arguments), status=401)
        user = as_user(found)
        if not user.is_authenticated:
            raise ApiError(401, "Unauthorized")
        return Caller(
            author=Author(person=None, label=label_of(user), role=Role.OPERATOR),
            role=Role.OPERATOR,
            identity=user.identity,
            permissions=tuple(user.permissions),
            user=user,
            rules=self,
        )

    async def filters(self, caller: Caller, resource: str, action: str, value: dict[str, Any]) -> Filter | None:
        """What the most specific handler says; without any, everything is allowed."""
        handler = self._handler_of(resource, action)
        if handler is None:
            return None
        from langgraph_sdk import Auth

        context = Auth.types.AuthContext(
            permissions=list(caller.permissions),
            user=caller.user,
            resource=resource,  # type: ignore[arg-type]
            action=action,  # type: ignore[arg-type]
        )
        found = await _answered(handler(ctx=context, value=value), status=403)
        if found is None or found is True:
            return None
        if found is False:
            raise ApiError(403, "Forbidden")
        return _checked_filter(found)

    def _handler_of(self, resource: str, action: str) -> Any:
        for key in ((resource, action), (resource, "*"), ("*", action)):
            if found := self._auth._handlers.get(key):
                return found[-1]
        return self._auth._global_handlers[-1] if self._auth._global_handlers else None


async def _answered(work: Any, *, status: int) -> Any:
    """What a handler returns. An exception with a status is its answer, a failed `assert` is `status`."""
    try:
        return await work
    except AssertionError as error:
        raise ApiError(status, str(error) or "Forbidden") from None
    except Exception as error:
        code = getattr(error, "status_code", None)
        if not isinstance(code, int) or not 400 <= code < 600:
            raise
        headers = getattr(error, "headers", None) or {}
        raise ApiError(code, getattr(error, "detail", None) or "Unauthorized", dict(headers)) from None


def _checked_filter(found: Any) -> Filter:
    """What no row could be compared with must not pass for no limit."""
    if isinstance(found, Mapping) and all(isinstance(key, str) and _is_wanted(one) for key, one in found.items()):
        return found
    raise TypeError(f"An authorization handler returned {found!r}: None, a bool or a filter is expected.")


def _is_wanted(value: Any) -> bool:
    return not isinstance(value, Mapping) or (len(value) == 1 and set(value) <= OPERATORS)
