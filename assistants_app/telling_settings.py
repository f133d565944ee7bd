"""How people and programs are told of reviews: by e-mail, with Django's own settings, and by a webhook."""

import os

from assistants_app.environment import count as _count
from assistants_app.environment import flag as _flag
from assistants_app.https_settings import CSRF_TRUSTED_ORIGINS as _ORIGINS

EMAIL_HOST = os.environ.get("EMAIL_HOST", "").strip()
"""The mail server; empty: nobody is told by e-mail."""

EMAIL_PORT = _count("EMAIL_PORT", 25)
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _flag("EMAIL_USE_TLS")
EMAIL_USE_SSL = _flag("EMAIL_USE_SSL")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "").strip() or "assistants@localhost"

SITE_URL = (
    os.environ.get("ASSISTANTS_URL", "").strip() or next((one for one in _ORIGINS if "*" not in one), "")
).rstrip("/")
"""Where people reach the site: links outside of its pages begin so."""

REVIEW_WEBHOOK = os.environ.get("ASSISTANTS_REVIEW_WEBHOOK", "").strip()
"""An address that is told of each step of a review; empty: none is."""

REVIEW_WEBHOOK_SECRET = os.environ.get("ASSISTANTS_REVIEW_WEBHOOK_SECRET", "").strip()
"""By which what it is told is signed; "whsec_…" is taken as base64, as the Standard Webhooks have it."""
