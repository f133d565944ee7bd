"""Who calls: a program with a key, anybody on this machine (ASSISTANTS_API_AUTH=none), or whom custom code names."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.http import HttpRequest

from assistants_app.models import Role
from assistants_app.models.audit import Face
from assistants_app.services.audit import nobody
from assistants_app.services.authors import Author
from assistants_app.services.origin import Origin

Filter = Mapping[str, Any]
"""What a thing's metadata must hold for the caller to see it: {key: value}, {key: {"$eq": value}} or
{key: {"$contains": value}}, as `langgraph_sdk.Auth` handlers return it."""


class Rules(Protocol):
    """Decides over single calls: the handlers of a `langgraph_sdk.Auth` object."""

    async def filters(self, caller: "Caller", resource: str, action: str, value: dict[str, Any]) -> Filter | None:
        """What the caller may see of `resource`; None without a limit. May change `value`. Raises ApiError(403)."""
        ...


@dataclass(frozen=True, slots=True)
class Caller:
    """The author of what a call changes, and what it may do."""

    author: Author
    role: Role
    identity: str = ""
    permissions: tuple[str, ...] = ()
    user: Any = None
    """What custom authentication returned; graphs get it as `langgraph_auth_user`."""
    rules: Rules | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Those of the request that `http.configurable_headers` lets through to graphs."""


def origin_of(request: HttpRequest) -> Origin:
    """For the audit log, before it is known who calls."""
    return Origin(
        face=Face.API,
        address=request.META.get("REMOTE_ADDR") or "",
        request_id=request.META.get("HTTP_X_REQUEST_ID") or uuid.uuid4().hex,
        author=_NOBODY,
    )


_NOBODY = nobody()
