"""Answers a request with the operation that stands at its address."""

import logging
import time
from collections.abc import Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from assistants_app.api.access.authentication import authenticate
from assistants_app.api.access.callers import Caller, origin_of
from assistants_app.api.answers import json_answer
from assistants_app.api.calls import Call
from assistants_app.api.errors import ApiError, translated
from assistants_app.api.measures import measures
from assistants_app.api.operations import Operation
from assistants_app.api.reading import read_body, read_query
from assistants_app.api.server_config import is_disabled
from assistants_app.domain.errors import ProductError
from assistants_app.models import Role
from assistants_app.services.authors import SYSTEM
from assistants_app.services.origin import acting_as, coming_from
from assistants_app.services.refusals import record_refusal

logger = logging.getLogger(__name__)

NOBODY = Caller(author=SYSTEM, role=Role.VIEWER)
"""Calls the operations that need no authentication."""


def view_of(methods: Mapping[str, Operation]) -> Any:
    """The view of one address, with an operation for each method that it knows."""

    @csrf_exempt
    @login_not_required
    async def view(request: HttpRequest, **path: str) -> HttpResponseBase:
        operation = methods.get("GET" if request.method == "HEAD" else str(request.method))
        if operation is None:
            allowed = {"Allow": ", ".join(sorted(methods))}
            return _for_who_asked(error_answer(ApiError(405, "Method Not Allowed", allowed)))
        began = time.perf_counter()
        with coming_from(origin_of(request)):
            answer = await _answered(request, operation, path)
        measures().request_answered(operation.name, answer.status_code, time.perf_counter() - began)
        return _for_who_asked(answer)

    return view


async def _answered(request: HttpRequest, operation: Operation, path: Mapping[str, str]) -> HttpResponseBase:
    """The operation's answer; whatever is raised becomes one."""
    try:
        return await _answer(request, operation, path)
    except ApiError as error:
        return await _refused(request, error)
    except ProductError as error:
        return await _refused(request, translated(error))
    except Exception:  # the edge of the API: its own shape for what nobody foresaw, and the reason in the log
        logger.exception("%s %s failed", request.method, request.path)
        return error_answer(ApiError(500, "Internal Server Error"))


async def _refused(request: HttpRequest, error: ApiError) -> HttpResponse:
    if error.status == 403:
        what, why = f"{request.method} {request.path}", str(error.detail)
        await sync_to_async(record_refusal, thread_sensitive=True)(what=what, why=why)
    return error_answer(error)


async def _answer(request: HttpRequest, operation: Operation, path: Mapping[str, str]) -> HttpResponseBase:
    if operation.path != "/ok":  # who looks after processes asks each by its address, and whatever is disabled
        _refuse_other_names(request)
        if is_disabled(operation.path):
            raise ApiError(404, "Not Found")
    caller = None if operation.open else await authenticate(request, path)
    if caller is not None:
        acting_as(caller.author)
    if caller is not None and not caller.role.includes(operation.role):
        raise ApiError(403, f"This needs a key with the role {operation.role.value} or above.")
    body = read_body(request, operation)
    query = read_query(request, operation)
    call: Call[Any, Any] = Call(request, caller or NOBODY, path, body, query)
    return await operation.handler(call)


def _refuse_other_names(request: HttpRequest) -> None:
    try:
        request.get_host()
    except DisallowedHost:
        raise ApiError(400, "This site does not answer for that host name (ALLOWED_HOSTS).") from None


def error_answer(error: ApiError) -> HttpResponse:
    return json_answer({"detail": error.detail}, status=error.status, headers=error.headers)


def not_found(request: HttpRequest, **_path: Any) -> HttpResponseBase:
    """For every other address under the API's."""
    return _for_who_asked(error_answer(ApiError(404, "Not Found")))


def _for_who_asked(answer: HttpResponseBase) -> HttpResponseBase:
    """Kept by no proxy, which may know nothing of keys, and taken by no browser for what it does not say it is."""
    answer.headers.setdefault("Cache-Control", "no-store")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
