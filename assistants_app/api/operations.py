"""The registry of operations: where each is, what it takes and what it answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from django.http.response import HttpResponseBase
from pydantic import BaseModel, ConfigDict

from assistants_app.models import Role


class Body(BaseModel):
    """A request's JSON body. Unknown keys are passed over; nothing is converted: `"1"` is no integer."""

    model_config = ConfigDict(strict=True, extra="ignore", protected_namespaces=(), use_attribute_docstrings=True)


class Query(BaseModel):
    """A request's query string. A field that is a list takes every value given for it."""

    model_config = ConfigDict(extra="ignore", protected_namespaces=(), use_attribute_docstrings=True)


class NoBody(Body):
    """Nothing is read."""


class NoQuery(Query):
    """Nothing is read."""


Handler = Callable[[Any], Awaitable[HttpResponseBase]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    handler: Handler
    summary: str
    tag: str
    body: Any = NoBody
    reads: Any = None
    """The type of a JSON body that the handler reads by itself."""
    query: type[Query] = NoQuery
    answer: Any = None
    """The type of the JSON it answers with; None when it answers without a body."""
    status: int = 200
    media_type: str = "application/json"
    """Of its answer; what is not JSON is described by `answer` as a text."""
    also: tuple[str, ...] = ()
    """Further media types that it may answer with, as the caller asks for."""
    headers: tuple[str, ...] = ()
    """Headers of its answer that clients read: see `description.headers`."""
    empty: tuple[int, ...] = ()
    """Further statuses that it may answer with, without a body."""
    role: Role = Role.VIEWER
    """The least role of a key that may call it."""
    open: bool = False
    """Whether it needs no authentication."""
    errors: tuple[int, ...] = field(default=())
    """Statuses that it may answer with beside those of every operation."""
    refusal: Any = None
    """The type of its errors beside {"detail": …}, where a protocol has its own."""
    hidden: bool = False
    """Whether it is another spelling of an operation that the OpenAPI document tells of."""

    @property
    def name(self) -> str:
        """What it is called in the OpenAPI document and in metrics: `assistants_create`, `runs_stateless_create`."""
        room, *file = self.handler.__module__.removeprefix("assistants_app.api.").split(".")
        within = [name for name in file if name not in {room, "operations"}]
        return "_".join([room, *within, self.handler.__name__])


OPERATIONS: dict[tuple[str, str], Operation] = {}
"""By method and path."""


def operation(method: str, path: str, *, summary: str, tag: str, **more: Any) -> Callable[[Handler], Handler]:
    """Register a handler; see `Operation` for what may be told of it. `path` has its parameters as `{name}`."""

    def register(handler: Handler) -> Handler:
        OPERATIONS[method, path] = Operation(method, path, handler, summary, tag, **more)
        return handler

    return register
