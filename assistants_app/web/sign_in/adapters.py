"""Where django-allauth asks the site: in whose words it speaks, whom it lets in, where it sends people."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

NO_ADDRESS = "0.0.0.0"
"""Of a caller who has none, as behind a socket of the file system."""


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account cannot sign in any more."),
        "incorrect_code": _("This code is not right, or it was used already. Codes change every 30 seconds."),
        "incorrect_password": _("This is not your password."),
        "too_many_login_attempts": _("That failed too often. Wait a few minutes, then try again."),
        "rate_limited": _("That was tried too often. Wait a few minutes, then try again."),
        "username_password_mismatch": _("The sign-in name or the password is not right. Mind upper and lower case."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """On this site alone: allauth would go to every other one of ALLOWED_HOSTS."""
        request = context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def get_client_ip(self, request: HttpRequest) -> str:
        return get_client_ip(request) or NO_ADDRESS

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        return render(request, "sign_in/inactive.html", status=403)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """None of allauth's: the pages say what happened."""
