"""One's own account: name, password, second factor, and the places where one is signed in."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from assistants_app.domain.errors import NotAllowed
from assistants_app.models import Person
from assistants_app.services import audit, letters, own_data, sessions
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.web.access import SignedInRequest
from assistants_app.web.sign_in.devices import device_name
from assistants_app.web.sign_in.pages import BY_LINK


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: SignedInRequest) -> HttpResponse:
    person = request.user
    asks_old = person.has_usable_password() and request.session.get(BY_LINK) != person.pk
    form = _password_form(person, request.POST if request.method == "POST" else None, asks_old=asks_old)
    if form.is_bound and settings.OIDC_ONLY:
        raise NotAllowed(_("This site takes no passwords: sign in at the identity provider."))
    if form.is_bound and form.is_valid():
        with transaction.atomic():
            form.save()
            audit.record(Action.PASSWORD_CHANGED, kind=ObjectKind.PERSON, id=person.pk, name=str(person))
            letters.tell(letters.PASSWORD_CHANGED, person)
        stay_signed_in(request, person)
        request.session.pop(BY_LINK, None)
        messages.success(request, _("Your password is set. Other places where you were signed in are signed out."))
        return redirect("account" if asks_old else "home")
    context = {
        "form": form,
        "takes_passwords": not settings.OIDC_ONLY,
        "asks_old": asks_old,
        "has_password": person.has_usable_password(),
        "changes_address": own_data.may_change_address(person),
        "signs_in_elsewhere": own_data.signs_in_elsewhere(person),
        "provider": settings.OIDC_NAME,
        **_second_factor(person),
        "places": _places(request),
    }
    return render(request, "sign_in/account.html", context, status=422 if form.is_bound else 200)


@require_POST
def end_session(request: SignedInRequest, pk: int) -> HttpResponse:
    if not sessions.end_session(person=request.user, pk=pk, author=Author.of(request.user)):
        raise Http404
    messages.success(request, _("That place is signed out."))
    return redirect("account")


@require_POST
def end_other_sessions(request: SignedInRequest) -> HttpResponse:
    key = str(request.session.session_key)
    person = sessions.end_all_sessions(pk=request.user.pk, author=Author.of(request.user), but=key)
    stay_signed_in(request, person)
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("account")


def _password_form(person: Person, data: object, *, asks_old: bool) -> "SetPasswordForm[Person]":
    return (PasswordChangeForm if asks_old else SetPasswordForm)(person, data)


def stay_signed_in(request: SignedInRequest, person: Person) -> None:
    """The session here holds the new mark, under a new key."""
    old = str(request.session.session_key)
    update_session_auth_hash(request, person)
    sessions.rename_session(old=old, new=str(request.session.session_key))


def _second_factor(person: Person) -> dict[str, Any]:
    found = {each.type: each for each in Authenticator.objects.filter(user=person)}
    codes = found.get(Authenticator.Type.RECOVERY_CODES)
    return {
        "second_factor": found.get(Authenticator.Type.TOTP),
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
    }


def _places(request: SignedInRequest) -> list[dict[str, Any]]:
    return [
        {
            "session": each,
            "device": device_name(each.user_agent),
            "here": each.session_key == request.session.session_key,
        }
        for each in sessions.sessions_of(request.user)
    ]
