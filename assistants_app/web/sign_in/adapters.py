"""Where django-allauth asks the site: in whose words it speaks, whom it lets in, where it sends people."""

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from assistants_app.services import second_factors
from assistants_app.services.refusals import record_failed_sign_in
from assistants_app.web.errors import SignInIsOld

NO_ADDRESS = "0.0.0.0"
"""Of a caller who has none, as behind a socket of the file system."""


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account cannot sign in any more."),
        "incorrect_password": _("This is not your password."),
        "too_many_login_attempts": _("That failed too often. Wait a few minutes, then try again."),
        "passwords_refused": _("This site takes no passwords: sign in at the identity provider."),
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

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
            if settings.OIDC_ONLY:
                raise self.validation_error("passwords_refused")
        except ValidationError:
            record_failed_sign_in(name=str(credentials.get("username", "")))
            raise

    def is_reauthentication_required(self, **kwargs: Any) -> bool:
        """Who has signed in just now need not do it again; who has neither a password nor a second factor must.

        Raises SignInIsOld for the latter: there is nothing this page could ask them for.
        """
        user = context.request.user
        records = get_authentication_records(context.request, user)
        if records and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT:
            return False
        required = bool(super().is_reauthentication_required(**kwargs))
        if required and not get_reauthentication_flows(user):
            raise SignInIsOld
        return required

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        return render(request, "sign_in/inactive.html", status=403)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """None of allauth's: the pages say what happened."""


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right, or it was used already. Take the one that is shown now."),
        "cannot_generate_recovery_codes": _("Recovery codes come with a second factor. Set one up first."),
    }

    def encrypt(self, text: str) -> str:
        return second_factors.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return second_factors.unseal(encrypted_text)


def forget_failures(request: HttpRequest, name: str) -> None:
    """Who has just set a new password need not wait for those of the old one."""
    adapter = AccountAdapter()
    key = adapter._get_login_attempts_cache_key(request, username=name)
    ratelimit.clear(request, app="allauth.account", action="login_failed", config={"login_failed": "5/5m/key"}, key=key)
