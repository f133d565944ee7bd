"""The settings of signing in: who proves to be whom, how, and how often it may fail."""

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
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "20/m/ip,5/5m/key", "reauthenticate": "10/m/user"}
