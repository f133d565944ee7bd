"""Reads a request's body and query into an operation's models."""

from functools import lru_cache
from typing import Any, get_args, get_origin

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from pydantic import TypeAdapter, ValidationError

from assistants_app.api.errors import ApiError, unprocessable
from assistants_app.api.operations import NoBody, NoQuery, Operation, Query
from assistants_app.domain.errors import InvalidJson
from assistants_app.domain.json_values import Json, find_unstorable, load_strict

SHOWN_ERRORS = 5


def read_body(request: HttpRequest, operation: Operation) -> Any:
    """Raises ApiError: 413 when it is too large, 415 when it is no JSON by its own word, 422 when it is not valid."""
    if operation.body is NoBody:
        return NoBody()
    content = read_json(request)
    try:
        return adapter(operation.body).validate_python(content)
    except ValidationError as error:
        raise unprocessable(described(error)) from None


def read_json(request: HttpRequest) -> Json:
    """The body as JSON. Raises ApiError."""
    kind = request.content_type or ""
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise ApiError(415, f"The body must be JSON (Content-Type: application/json), not {kind[:100]}.")
    try:
        text = request.body.decode()
    except RequestDataTooBig:
        raise ApiError(413, "The request body is too large.") from None
    except (UnicodeDecodeError, MultiPartParserError, OSError):
        raise unprocessable("Invalid JSON in request body: it is not UTF-8") from None
    try:
        return load_strict(text)
    except InvalidJson as error:
        raise unprocessable("Invalid JSON in request body" + (f": {error.message}" if text.strip() else "")) from None


def read_query(request: HttpRequest, operation: Operation) -> Query:
    """Raises ApiError (422)."""
    if operation.query is NoQuery:
        return NoQuery()
    if not request.META.get("QUERY_STRING") and (query := _nothing_asked(operation.query)) is not None:
        return query
    given = request.GET
    lists = _list_fields(operation.query)
    values: dict[str, Json] = {key: given.getlist(key) if key in lists else given[key] for key in given}
    if fault := find_unstorable(values):  # as in a body: a database would refuse to look for it
        raise unprocessable(f"The query of the address cannot be used: {fault}")
    try:
        return operation.query.model_validate(values)
    except ValidationError as error:
        raise unprocessable(described(error)) from None


def described(error: ValidationError) -> str:
    """What is wrong where, in one text."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{'.'.join(map(str, one['loc'])) or 'the body'}: {one['msg']}" for one in found[:SHOWN_ERRORS]]
    if len(found) > SHOWN_ERRORS:
        lines.append(f"and {len(found) - SHOWN_ERRORS} more")
    return "; ".join(lines)


@lru_cache(maxsize=256)
def adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


@lru_cache(maxsize=64)
def _nothing_asked(model: type[Query]) -> Query | None:
    """What an address without a query asks for; None where something must be asked for."""
    try:
        return model()
    except ValidationError:
        return None


@lru_cache(maxsize=64)
def _list_fields(model: type[Query]) -> frozenset[str]:
    return frozenset(
        name
        for name, field in model.model_fields.items()
        if any(get_origin(one) is list for one in (field.annotation, *get_args(field.annotation)))
    )
