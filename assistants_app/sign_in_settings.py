"""The settings of signing in: who proves to be whom, how, and how often it may fail."""

import os

from django.core.exceptions import ImproperlyConfigured

from assistants_app.environment import flag as _flag
from assistants_app.environment import names as _names
from assistants_app.environment import one_of as _one_of
from assistants_app.environment import seconds as _seconds

AUTH_USER_MODEL = "assistants_app.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

CACHES = {
    "default": {
        # In the database, which all processes share: what counts failed sign-ins counts those of every process.
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "assistants_app_cachedvalue",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # beyond it counters would be dropped before their time
    }
}

ACCOUNT_ADAPTER = "assistants_app.web.sign_in.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # nobody signs up, but allauth checks that they agree
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "20/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
    "reset_password": "10/m/ip,5/h/key",
    "change_email": "5/h/key",
}

SECOND_FACTOR = _one_of("ASSISTANTS_SECOND_FACTOR", "optional", "operators", "everybody")
"""Who must have a second factor; whoever likes may. Those who come by single sign-on have their provider's."""

MFA_ADAPTER = "assistants_app.web.sign_in.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Assistants"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are kept by operators, and prove nothing

SESSION_COOKIE_AGE = int(_seconds("ASSISTANTS_SESSION_IDLE", 14 * 24 * 3600, least=60))
"""Seconds after which somebody who did nothing is signed out."""

SESSION_LONGEST = _seconds("ASSISTANTS_SESSION_LONGEST", 30 * 24 * 3600, least=60)
"""Seconds after which everybody signs in again, whatever they did."""

OIDC_ISSUER = os.environ.get("ASSISTANTS_OIDC_ISSUER", "")
"""The identity provider of single sign-on; empty: none. Its discovery document tells the rest."""

OIDC_CLIENT_ID = os.environ.get("ASSISTANTS_OIDC_CLIENT_ID", "")
OIDC_SECRET = os.environ.get("ASSISTANTS_OIDC_SECRET", "")
OIDC_NAME = os.environ.get("ASSISTANTS_OIDC_NAME", "") or "single sign-on"
OIDC_DOMAINS = [name.lower().lstrip("@") for name in _names("ASSISTANTS_OIDC_DOMAINS")]
"""Whoever has a verified address there is let in, and added; else those alone who were added before."""

OIDC_ROLE = _one_of("ASSISTANTS_OIDC_ROLE", "viewer", "tester", "editor", "publisher")
"""Of who is so added."""

OIDC_TRUST_ADDRESSES = _flag("ASSISTANTS_OIDC_TRUST_ADDRESSES")
"""Whether its addresses count as verified though it does not say so."""

if OIDC_ISSUER and not (OIDC_CLIENT_ID and OIDC_SECRET):
    raise ImproperlyConfigured("ASSISTANTS_OIDC_ISSUER needs ASSISTANTS_OIDC_CLIENT_ID and ASSISTANTS_OIDC_SECRET.")

# No passwords of this site: by the provider alone, or by an operator's one-time link, for when the provider is away.
OIDC_ONLY = _flag("ASSISTANTS_OIDC_ONLY")
if OIDC_ONLY and not OIDC_ISSUER:
    raise ImproperlyConfigured("ASSISTANTS_OIDC_ONLY needs ASSISTANTS_OIDC_ISSUER: nobody could sign in.")

SOCIALACCOUNT_ADAPTER = "assistants_app.web.sign_in.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form that leads to another site is against the Content-Security-Policy
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
