"""Signing in by password or by a one-time link, and signing out."""

from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from assistants_app.domain.people_errors import LinkSpent
from assistants_app.services.forgotten import is_offered
from assistants_app.services.people import person_of_link, spend_link

BY_LINK = "signed_in_by_link"
"""Session key: who came by a one-time link, so that their old password need not be known."""


class SignIn(LoginView):
    """Counts failures, by address and by name; asks for the second factor where there is one."""

    template_name = "sign_in/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "single_sign_on": settings.OIDC_ISSUER and settings.OIDC_NAME,
            "takes_passwords": not settings.OIDC_ONLY,
            "sends_letters": is_offered(),
        }


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
    request.session[BY_LINK] = person.pk
    record_authentication(request, person, method="link")
    login = Login(user=person, email_verification="none", redirect_url=reverse("account"))
    answer: HttpResponse = perform_login(request, login)
    return answer
