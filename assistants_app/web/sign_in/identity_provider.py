"""The identity provider of OpenID Connect, as allauth speaks to it; stricter where allauth is lenient.

Its issuer must be the one of the settings, its tokens signed with a key of its own, and made for this very sign-in.
"""

import hashlib
from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from requests import RequestException

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Those with a public key: a secret one would be the client's, and "none" nobody's."""

LEEWAY = 30
"""Seconds by which its clock may differ."""

SENSELESS = (KeyError, TypeError, ValueError, AttributeError, jwt.PyJWTError, RequestException)
"""What reading an answer raises that is none. What was wrong is told to the log alone, by the name of its part."""


def nonce_of(state: str) -> str:
    """What a token must hold to be for the sign-in with this `state`, which the session alone knows."""
    return salted_hmac("assistants_app.single-sign-on", state, algorithm="sha256").hexdigest()


class Client(OAuth2Client):
    def get_redirect_url(self, authorization_url: str, scope: Any, extra_params: dict[str, str]) -> str:
        params = {**extra_params, "nonce": nonce_of(self.state)}
        return str(super().get_redirect_url(authorization_url, scope, params))


class Adapter(OpenIDConnectOAuth2Adapter):
    client_class = Client
    _config: dict[str, Any] | None = None

    @property
    def openid_config(self) -> dict[str, Any]:
        """Raises OAuth2Error."""
        if self._config is None:
            config = self._fetched(self.get_provider().server_url)
            if str(config.get("issuer", "")).rstrip("/") != settings.OIDC_ISSUER.rstrip("/"):
                raise OAuth2Error(f"issuer: {config.get('issuer')!r}")
            self._config = config
        return self._config

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return request.build_absolute_uri(reverse("single-sign-on-back"))

    def get_access_token_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        try:
            return dict(super().get_access_token_data(*args, **kwargs))
        except SENSELESS as error:
            raise OAuth2Error(f"tokens: {error!r}") from error

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        """Not kept: nothing is asked of the provider later."""
        return SocialToken(token=str(data["access_token"]))

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any) -> SocialLogin:
        try:
            claims = self._verified(kwargs["response"]["id_token"], nonce_of(request.GET["state"]))
            return self.get_provider().sociallogin_from_response(request, self._with_profile(claims, token.token))
        except SENSELESS as error:
            raise OAuth2Error(f"id_token: {error!r}") from error

    def _verified(self, token: str, nonce: str) -> dict[str, Any]:
        kid = jwt.get_unverified_header(token).get("kid")
        keys = jwt.PyJWKSet.from_dict(self._fetched(self.openid_config["jwks_uri"])).keys
        key = next((key for key in keys if kid is None or key.key_id == kid), None)
        if key is None:
            raise OAuth2Error(f"kid: {kid!r}")
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=ALGORITHMS,
            audience=settings.OIDC_CLIENT_ID,
            issuer=self.openid_config["issuer"],
            leeway=LEEWAY,
            options={"require": ["aud", "exp", "iat", "iss", "nonce", "sub"]},
        )
        if not constant_time_compare(str(claims["nonce"]), nonce):
            raise OAuth2Error("nonce")
        if claims.get("azp", settings.OIDC_CLIENT_ID) != settings.OIDC_CLIENT_ID:
            raise OAuth2Error("azp")
        return claims

    def _with_profile(self, claims: dict[str, Any], access_token: str) -> dict[str, Any]:
        address = self.openid_config.get("userinfo_endpoint")
        if not address:
            return claims
        profile = self._fetched(address, {"Authorization": f"Bearer {access_token}"})
        if profile["sub"] != claims["sub"]:
            raise OAuth2Error("userinfo: sub")
        return {**claims, **profile}

    def _fetched(self, address: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
        try:
            with get_adapter().get_requests_session() as session:
                answer = session.get(address, headers=headers)
                answer.raise_for_status()
                return dict(answer.json())
        except SENSELESS as error:
            raise OAuth2Error(f"{address}: {error!r}") from error


class Provider(OpenIDConnectProvider):
    oauth2_adapter_class = Adapter

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:
        return reverse("single-sign-on")

    def get_callback_url(self) -> str:
        return reverse("single-sign-on-back")

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """Of what an address says, where to go afterwards alone: allauth would also take scopes and parameters."""
        asked = super().get_redirect_from_request_kwargs(request)
        return {"process": "login", "next_url": asked.get("next_url")}

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Somebody of another issuer has another one, if the settings should change."""
        return hashlib.sha256(f"{data['iss']} {data['sub']}".encode()).hexdigest()

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """What is kept of the claims."""
        kept: dict[str, Any] = {name: str(data.get(name) or "") for name in ("iss", "sub", "email", "name")}
        return kept | {"email_verified": data.get("email_verified") in (True, "true")}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        return []
