"""Asking for a letter with a link: so often and no more, and answered alike whatever comes of it."""

from typing import Protocol

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language

from assistants_app.web.errors import too_often


class Sends(Protocol):
    def __call__(self, *, language: str) -> None: ...


def ask_for_letter(request: HttpRequest, send: Sends, *, limit: str, key: str) -> HttpResponse:
    """The same page again, which tells that a letter is on its way; or 429. `limit` is one of `ACCOUNT_RATE_LIMITS`."""
    if not ratelimit.consume(request, app="allauth.account", action=limit, key=key):
        return too_often(request)
    send(language=get_language() or "")
    return redirect(f"{request.path}?sent")


def was_asked(request: HttpRequest) -> bool:
    return "sent" in request.GET
