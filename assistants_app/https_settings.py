"""What depends on whether people reach the site by HTTPS: cookies, redirects, Strict-Transport-Security."""

import os

from assistants_app.environment import names as _names
from assistants_app.environment import one_of as _one_of

CSRF_TRUSTED_ORIGINS = _names("CSRF_TRUSTED_ORIGINS")

_said = _one_of("ASSISTANTS_HTTPS", "auto", "on", "off")

HTTPS = _said == "on" or (_said == "auto" and any(origin.startswith("https://") for origin in CSRF_TRUSTED_ORIGINS))
"""Whether browsers come by HTTPS alone. The site itself speaks plain HTTP, on loopback or behind a proxy: of the proxy
it knows by CSRF_TRUSTED_ORIGINS, so an https:// address there switches it on."""

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
SESSION_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"

SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SILENCED_SYSTEM_CHECKS = ["security.W021"]
"""Of preloading HSTS: that is for the whole domain, and its owner's to decide."""

_header = os.environ.get("SECURE_PROXY_SSL_HEADER", "").strip().upper().replace("-", "_")
SECURE_PROXY_SSL_HEADER = (f"HTTP_{_header}", "https") if _header else None
"""The header by which the proxy says "https", where the server does not believe X-Forwarded-Proto by itself. The proxy
must set it on every request, or strangers would."""

X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
