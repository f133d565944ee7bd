"""Tells the services who asks, and from where, for as long as a page works on an answer."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from assistants_app.models import Person
from assistants_app.models.audit import Face
from assistants_app.services.audit import nobody
from assistants_app.services.authors import Author
from assistants_app.services.origin import Origin, coming_from
from assistants_app.services.refusals import record_refusal


class TellsOrigin:
    """Behind Django's authentication. A refusal (403) is recorded here, whichever view or service made it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        where = origin_of(request)
        with coming_from(where):
            response = self._get_response(request)
            if response.status_code == 403:
                record_refusal(what=f"{request.method} {request.path}", why=getattr(response, "refusal", ""))
        return response


def origin_of(request: HttpRequest) -> Origin:
    """Of a request to a page."""
    admin = request.path.startswith(reverse("admin:index"))
    return Origin(
        face=Face.ADMIN if admin else Face.PAGE,
        address=request.META.get("REMOTE_ADDR") or "",
        request_id=request.META.get("HTTP_X_REQUEST_ID") or uuid.uuid4().hex,
        author=Author.of(request.user) if isinstance(request.user, Person) else nobody(),
    )
