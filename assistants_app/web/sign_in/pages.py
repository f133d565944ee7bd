"""Signing in by password or by a one-time link, and signing out."""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.views import LoginView
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from assistants_app.domain.errors import LinkSpent
from assistants_app.models import Person
from assistants_app.services.people import person_of_link, spend_link
from assistants_app.web.access import SignedInRequest

_BY_LINK = "signed_in_by_link"
"""Session key: who came by a one-time link, so that their old password need not be known."""


class SignIn(LoginView):
    """Counts failures, by address and by name; asks for the second factor where there is one."""

    template_name = "sign_in/sign_in.html"


@method_decorator(login_not_required, name="dispatch")
class SignOut(LogoutView):
    """Also for who is out already: a second click is no error."""


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one_time_link(request: HttpRequest, token: str) -> HttpResponse:
    """Signs in by POST alone, so that a program that previews links does not spend them."""
    try:
        if request.method != "POST":
            return render(request, "sign_in/link.html", {"person": person_of_link(token)})
        person = spend_link(token)
    except LinkSpent:
        return render(request, "sign_in/link_spent.html", status=410)
    request.session[_BY_LINK] = person.pk
    record_authentication(request, person, method="link")
    login = Login(user=person, email_verification="none", redirect_url=reverse("account"))
    answer: HttpResponse = perform_login(request, login)
    return answer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: SignedInRequest) -> HttpResponse:
    """One's own name and password."""
    person = request.user
    asks_old = person.has_usable_password() and request.session.get(_BY_LINK) != person.pk
    form = _password_form(person, request.POST if request.method == "POST" else None, asks_old=asks_old)
    if form.is_bound and form.is_valid():
        form.save()
        update_session_auth_hash(request, person)
        request.session.pop(_BY_LINK, None)
        messages.success(request, _("Your password is set. Other places where you were signed in are signed out."))
        return redirect("account" if asks_old else "home")
    context = {"form": form, "asks_old": asks_old, "has_password": person.has_usable_password()}
    return render(request, "sign_in/account.html", context, status=422 if form.is_bound else 200)


def _password_form(person: Person, data: object, *, asks_old: bool) -> "SetPasswordForm[Person]":
    return (PasswordChangeForm if asks_old else SetPasswordForm)(person, data)
