"""Signing in at the identity provider: the way there, the way back, and who comes in."""

import logging
from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assistants_app.domain.errors import ProductError
from assistants_app.services.refusals import record_failed_sign_in
from assistants_app.services.single_sign_on import person_of_address
from assistants_app.web.sign_in.identity_provider import Adapter, Provider

logger = logging.getLogger(__name__)

NAME = "single-sign-on"
"""The provider's, in rows of those who came by it."""


@login_not_required
@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    return _step(OAuth2LoginView, request)


@login_not_required
@never_cache
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    return _step(OAuth2CallbackView, request)


def _step(view: Any, request: HttpRequest) -> HttpResponse:
    if not settings.OIDC_ISSUER:
        raise Http404
    try:
        answer: HttpResponse = view.adapter_view(Adapter(request, NAME))(request)
    except OAuth2Error as error:
        return _failed(request, error)
    return answer


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provider:
        """The one of the settings; none of the database."""
        app = SocialApp(
            provider=Provider.id,
            provider_id=NAME,
            name=settings.OIDC_NAME,
            client_id=settings.OIDC_CLIENT_ID,
            secret=settings.OIDC_SECRET,
            settings={"server_url": settings.OIDC_ISSUER.rstrip("/"), "oauth_pkce_enabled": True},
        )
        return Provider(request, app=app)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Who comes for the first time is found by their address, from then on by what the provider knows them by."""
        if sociallogin.is_existing:
            return
        claims = sociallogin.account.extra_data
        try:
            person = person_of_address(
                email=claims["email"], verified=claims["email_verified"], full_name=claims["name"]
            )
        except ProductError as error:
            record_failed_sign_in(name=claims["email"] or claims["sub"])
            raise ImmediateHttpResponse(_refused(request, error.message, 403)) from None
        if not person.is_active:
            raise ImmediateHttpResponse(get_account_adapter().respond_user_inactive(request, person))
        sociallogin.connect(request, person)

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: str = AuthError.UNKNOWN, exception: Any = None, **_more: Any
    ) -> None:
        if error == AuthError.CANCELLED:
            raise ImmediateHttpResponse(_refused(request, _("You cancelled it there."), 403))
        raise ImmediateHttpResponse(_failed(request, exception or error))


def _failed(request: HttpRequest, error: object) -> HttpResponse:
    """The reason is for the operator, in the log; a stranger learns nothing from it."""
    logger.warning("signing in by %s failed: %s", settings.OIDC_NAME, error)
    return _refused(request, _("What came back could not be trusted, or is too old. Start again from here."), 401)


def _refused(request: HttpRequest, why: str, status: int) -> HttpResponse:
    context = {"why": why, "provider": settings.OIDC_NAME}
    return render(request, "sign_in/single_sign_on_failed.html", context, status=status)
