"""The pages of the second factor: setting it up, its codes, and where it is asked for. allauth's, our templates."""

from collections.abc import Callable
from typing import Any

from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeReauthenticateView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.contrib.auth import HASH_SESSION_KEY
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from assistants_app.services.second_factors import needs_second_factor


class Code(AuthenticateView):
    """The second step of signing in."""

    template_name = "sign_in/code.html"


@method_decorator(never_cache, name="dispatch")
class SetUp(ActivateTOTPView):
    template_name = "sign_in/second_factor.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"must_be": needs_second_factor(self.request.user)}


@method_decorator(never_cache, name="dispatch")
class TakeAway(DeactivateTOTPView):
    template_name = "sign_in/second_factor_away.html"
    success_url = reverse_lazy("account")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _or_account(super().dispatch, request)


@method_decorator(never_cache, name="dispatch")
class RecoveryCodes(ViewRecoveryCodesView):
    """Shown once."""

    template_name = "sign_in/recovery_codes.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _or_account(super().dispatch, request)


@method_decorator(never_cache, name="dispatch")
class NewRecoveryCodes(GenerateRecoveryCodesView):
    template_name = "sign_in/new_recovery_codes.html"


@method_decorator(never_cache, name="dispatch")
class Confirm(ReauthenticateView):
    """The password once more, before something that matters."""

    template_name = "sign_in/confirm.html"

    def form_valid(self, form: Any) -> HttpResponseBase:
        """Checking a password may have stored it anew, as a newer Django hashes: the session must know."""
        self.request.user.refresh_from_db(fields=["password"])
        self.request.session[HASH_SESSION_KEY] = self.request.user.get_session_auth_hash()
        answer: HttpResponseBase = super().form_valid(form)
        return answer


@method_decorator(never_cache, name="dispatch")
class ConfirmByCode(CodeReauthenticateView):
    template_name = "sign_in/confirm.html"


def _or_account(view: Callable[[HttpRequest], HttpResponseBase], request: HttpRequest) -> HttpResponseBase:
    """Who has no second factor, or none any more, is where one is set up."""
    try:
        return view(request)
    except Http404:
        return redirect("account")
