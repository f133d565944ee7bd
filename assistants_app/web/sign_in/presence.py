"""Notes where people are signed in, ends what has lasted too long, and asks for the second factor that must be."""

import time
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from assistants_app.models import Person
from assistants_app.services.second_factors import needs_second_factor
from assistants_app.services.sessions import note_session

SEEN, BEGAN = "seen_at", "signed_in_at"
"""Keys of the session."""

NOTED_AFTER = 300
"""Seconds after which it is noted again that somebody is there."""

POLL = "X-Poll"
"""A header of what a page asks for by the clock: nobody is there for that."""

WITHOUT_SECOND_FACTOR = {"sign-out", "mfa_activate_totp", "mfa_view_recovery_codes", "account_reauthenticate"}
"""What somebody may open who must set one up first."""


class Presence:
    """Behind the middleware that knows who asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, Person):
            _see(request, request.user)
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        if settings.SECOND_FACTOR == "optional" or not isinstance(request.user, Person):
            return None
        name = request.resolver_match.url_name if request.resolver_match else ""
        if name in WITHOUT_SECOND_FACTOR or _came_by_single_sign_on(request) or not needs_second_factor(request.user):
            return None
        if request.method in ("GET", "HEAD") and not request.headers.get("HX-Request"):
            return redirect("mfa_activate_totp")
        raise PermissionDenied(_("This site asks for a second factor. Set one up on the page Account first."))


def note_sign_in(*, request: HttpRequest, user: Person, **_signal: Any) -> None:
    """Of Django's signal: whatever way somebody signed in."""
    request.session[SEEN] = request.session[BEGAN] = int(time.time())
    if request.session.session_key:
        _note(request, user)


def _see(request: HttpRequest, person: Person) -> None:
    now = int(time.time())
    if now - request.session.setdefault(BEGAN, now) > settings.SESSION_LONGEST:
        logout(request)
    elif POLL in request.headers:
        return
    elif now - request.session.get(SEEN, 0) >= NOTED_AFTER and request.session.session_key:
        request.session[SEEN] = now
        _note(request, person)


def _note(request: HttpRequest, person: Person) -> None:
    note_session(
        person=person,
        session_key=str(request.session.session_key),
        address=get_adapter(request).get_client_ip(request),
        device=request.META.get("HTTP_USER_AGENT", ""),
    )


def _came_by_single_sign_on(request: HttpRequest) -> bool:
    """Whose second factor is the provider's matter."""
    return any(each.get("method") == "socialaccount" for each in get_authentication_records(request, request.user))
