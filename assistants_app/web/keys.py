"""The keys of programs, for operators: made, shown once, revoked."""

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assistants_app.domain.people_errors import InvalidKey
from assistants_app.models import ApiKey, Role
from assistants_app.services.authors import Author
from assistants_app.services.keys import create_key, revoke_key
from assistants_app.web.access import SignedInRequest, operators_only

EXAMPLE = 'get_client(url="{url}",\n           api_key="{key}…")'

MAY = {
    Role.VIEWER: gettext_lazy("reads, runs what is live, and changes what it made itself"),
    Role.TESTER: gettext_lazy("also runs versions that are not live, and other settings"),
    Role.EDITOR: gettext_lazy("also changes assistants without going live, crons, the store and what others made"),
    Role.PUBLISHER: gettext_lazy("also makes versions live and deletes assistants"),
    Role.OPERATOR: gettext_lazy("everything"),
}


@operators_only
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    return _keys(request, typed={"role": Role.VIEWER})


@operators_only
@require_POST
@never_cache
def add(request: SignedInRequest) -> HttpResponse:
    """Makes a key, and shows it this once. A refusal keeps what was typed."""
    typed = {name: request.POST.get(name, "").strip() for name in ("name", "role", "expires", "rate")}
    try:
        key, secret = create_key(
            name=typed["name"],
            role=_role(typed["role"]),
            created_by=request.user,
            expires_at=_end_of(typed["expires"]),
            requests_per_minute=_number(typed["rate"]),
        )
    except InvalidKey as error:
        return _keys(request, status=422, typed=typed, error=error.message)
    example = EXAMPLE.format(url=request.build_absolute_uri("/api"), key=key.start)
    return render(request, "keys/made.html", {"key": key, "secret": secret, "example": example})


@operators_only
@require_POST
def revoke(request: SignedInRequest, key_id: uuid.UUID) -> HttpResponse:
    key = revoke_key(key_id=key_id, author=Author.of(request.user))
    messages.success(request, _("%(name)s is revoked: nobody gets in with it any more.") % {"name": key.name})
    return redirect("keys")


def _keys(request: SignedInRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    keys = ApiKey.objects.select_related("created_by").order_by("revoked_at", "-created_at")
    roles = [(role, role.label, MAY[role]) for role in Role]
    tomorrow = (timezone.now() + timedelta(days=1)).date()
    return render(
        request, "keys/keys.html", {"keys": keys, "roles": roles, "tomorrow": tomorrow, **context}, status=status
    )


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise InvalidKey(_("Choose what the key may do.")) from None


def _end_of(text: str) -> datetime | None:
    """The last moment of a day. Raises InvalidKey."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidKey(_("The last day is a date, as in 2030-12-31.")) from None
    return datetime.combine(day, time.max, tzinfo=timezone.get_current_timezone())


def _number(text: str) -> int | None:
    """Raises InvalidKey."""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise InvalidKey(_("A limit is a whole number of requests a minute."))
    return int(text[:10])
