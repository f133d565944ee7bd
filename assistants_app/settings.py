"""Every setting, from the environment; SQLite in the data folder by default, PostgreSQL by DATABASE_URL."""

import os
from pathlib import Path
from socket import gethostname
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from assistants_app.domain.product import connection_name
from assistants_app.environment import count as _count
from assistants_app.environment import flag as _flag
from assistants_app.environment import kept_secret_key as _kept_secret_key
from assistants_app.environment import keys as _keys
from assistants_app.environment import names as _names
from assistants_app.environment import one_of as _one_of
from assistants_app.environment import seconds as _seconds
from assistants_app.https_settings import *  # noqa: F403
from assistants_app.sign_in_settings import *  # noqa: F403
from assistants_app.telling_settings import *  # noqa: F403

PACKAGE = Path(__file__).resolve().parent
_checkout = PACKAGE.parent
RESOURCES = _checkout if (_checkout / "manage.py").is_file() else PACKAGE
"""The folder of `templates/` and `static/`: the checkout's, or inside the installed package."""


DATA_FOLDER = Path(os.environ.get("ASSISTANTS_DATA", ".assistants")).expanduser().resolve()
"""Everything the product writes, PostgreSQL aside."""

GRAPHS_CONFIG = os.environ.get("ASSISTANTS_CONFIG", "")
"""Path of the langgraph.json; when empty `./langgraph.json`, else the bundled examples."""

GRAPH_IMPORT_SECONDS = _seconds("ASSISTANTS_GRAPH_IMPORT_SECONDS", 60.0)
"""How long one graph may take to import before it is listed as unavailable."""

RUN_ATTEMPTS = max(1, _count("ASSISTANTS_RUN_ATTEMPTS", 3))
"""After how many failed attempts a run ends as an error: its process died each time, or the database failed it."""

RUN_SECONDS = _seconds("ASSISTANTS_RUN_SECONDS", 0.0, least=0)
"""How long an attempt of a run may take; 0: as long as it likes. A graph and a run may have shorter limits."""

RETRY_GRAPH_ERRORS = _flag("ASSISTANTS_RETRY_GRAPH_ERRORS")
"""Whether a run whose graph raised an error is tried again, too, up to its attempts."""

JUDGE_MODEL = os.environ.get("ASSISTANTS_JUDGE_MODEL", "")
"""Which model judges answers to test cases, as "provider:model"; "demonstration" only imitates one; empty: nobody."""

PROPOSAL_MODEL = os.environ.get("ASSISTANTS_PROPOSAL_MODEL", "")
"""Which model proposes changed settings by conversation; "demonstration" only imitates one; empty: not offered."""

CASE_SECONDS = _seconds("ASSISTANTS_CASE_SECONDS", 120.0)
"""How long the run of a test case may take."""

DEMO_DELAY = _seconds("ASSISTANTS_DEMO_DELAY", 0.02, least=0)
"""Of the offline demonstration model. It reads the variable itself, being part of graphs like any others."""


SECRET_KEY = os.environ.get("SECRET_KEY") or _kept_secret_key(DATA_FOLDER)

SECRETS_KEYS = _keys("ASSISTANTS_SECRETS_KEYS", shortest=32)
"""By which secrets among settings are sealed: by the first; all open. SECRET_KEY always is the last of them."""

SEAL_SECRETS = _flag("ASSISTANTS_SEAL_SECRETS", default=True)
"""Whether secrets are sealed before they are stored; sealed ones are read either way."""

SECRET_VARIABLES = _names("ASSISTANTS_SECRET_VARIABLES")
"""Environment variables that settings may name in place of a secret; "LLM_*" stands for all that begin so."""

DEBUG = _flag("DEBUG")
ALLOWED_HOSTS = _names("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "django_htmx",
    "simple_history",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "assistants_app",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "assistants_app.web.origin.TellsOrigin",
    "allauth.account.middleware.AccountMiddleware",
    "assistants_app.web.sign_in.presence.Presence",
    "assistants_app.web.access.SignInRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "assistants_app.web.errors.ProductErrorPages",
]

ROOT_URLCONF = "assistants_app.urls"
ASGI_APPLICATION = "assistants_app.asgi.application"

LEAN_HANDLER = _flag("LEAN_HANDLER", default=True)
"""Whether requests go through `lean_handler`; false brings Django's own ASGI handler back."""

PATHS_WITHOUT_MIDDLEWARE = ("/api/",)
"""Paths whose async views run with no middleware: the API authenticates itself."""

API_AUTH = _one_of("ASSISTANTS_API_AUTH", "keys", "none")
"""Who may call the API: "keys" (programs with an API key) or "none" (everybody, from this machine alone)."""

API_RATE = _count("ASSISTANTS_API_RATE", 6000)
"""How often a key may call in a minute, counted in each process, where the key has no limit of its own; 0: no limit."""

WEBHOOKS_PRIVATE = _flag("ASSISTANTS_WEBHOOKS_PRIVATE")
"""Whether a webhook, of a run or of reviews, may lead to this machine or to a private network."""

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [RESOURCES / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {
                "chat_tags": "assistants_app.web.chat.tags",
                "choices": "assistants_app.web.choice_tags",
                "fields": "assistants_app.web.field_tags",
                "drawing": "assistants_app.web.drawing_tags",
                "rights": "assistants_app.web.rights_tags",
            },
        },
    }
]


def _database_at(url: str) -> dict[str, Any]:
    try:
        database: dict[str, Any] = dict(dj_database_url.parse(url))
    except ValueError:
        database = {"ENGINE": ""}
    if database["ENGINE"] not in ("django.db.backends.postgresql", "django.db.backends.sqlite3"):
        # Not quoted, for the password in it.
        wanted = "postgresql://person:password@host:5432/name, with special characters percent-encoded"
        raise ImproperlyConfigured(f"DATABASE_URL cannot be used; it must look like {wanted}.")
    return database


SURVIVING: dict[str, Any] = {
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""A network that was cut says nothing: a connection that gets no answer ends after some twenty seconds."""

SURVIVING["options"] = "-c idle_in_transaction_session_timeout=30s"
"""A process that stands still lets go of the rows that it had locked."""

SURVIVING["application_name"] = connection_name(gethostname(), os.getpid())
"""By which others know its connections, when they give it up: see `services.workers`."""


def _database() -> dict[str, Any]:
    if url := os.environ.get("DATABASE_URL"):
        database = _database_at(url)
    else:
        DATA_FOLDER.mkdir(0o700, parents=True, exist_ok=True)  # SQLite makes the file, but not its folder
        # Not by way of a URL, which ends at a # or ? in the folder's name.
        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(DATA_FOLDER / "assistants.sqlite3")}
    if database["ENGINE"].endswith("sqlite3"):
        # IMMEDIATE: a transaction that reads, then writes, otherwise fails with "database is locked".
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=1073741824;",
        }
        # A thread that serves requests keeps its connection: opening one takes about as long as saving an assistant.
        database["CONN_MAX_AGE"] = None if LEAN_HANDLER else 0
    else:
        # The threshold is psycopg's: models.prepared keeps plans of its own, which psycopg's would put an end to.
        ours = {"pool": {"min_size": 0, "max_size": 10}, "prepare_threshold": None}
        database["OPTIONS"] = {**SURVIVING, **database.get("OPTIONS", {}), **ours}
    return database


DATABASES = {"default": _database()}

ENGINE = _one_of("ASSISTANTS_ENGINE", "embedded", "distributed")
"""Where runs are executed: "embedded", in the one process that serves; "distributed", in workers beside it."""

WEB_RUNS = _count("ASSISTANTS_WEB_RUNS", 0)
"""With the distributed engine: how many runs a serving process executes at once; 0 leaves them all to workers."""

if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    INSTALLED_APPS.insert(0, "procrastinate.contrib.django")  # its tables are there before the engine is switched
elif ENGINE == "distributed":
    raise ImproperlyConfigured("ASSISTANTS_ENGINE=distributed needs PostgreSQL: set DATABASE_URL.")

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = None
"""The engine names its tasks itself."""

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
"""Those the pages are translated to. Django alone knows a hundred, and would answer half a page in each."""
LOCALE_PATHS = [PACKAGE / "locale"]
FORMAT_MODULE_PATH = "assistants_app.formats"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [RESOURCES / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "assistants_app.static_files.MarkedStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True  # finds files when they are asked for, instead of listing all at the start
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_MAX_AGE = 0  # of an address without its mark; a script imports its neighbours by such

# A form of 300 settings with lists, and two prompts of 1 MB, fit; anything beyond is answered with a page.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
LARGEST_UPLOAD = 64 * 1024 * 1024  # with files: as many as a message may have, and a form

SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
SIMPLE_HISTORY_REVERT_DISABLED = True
SIMPLE_HISTORY_EDIT = False

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
CSRF_FAILURE_VIEW = "assistants_app.web.errors.csrf_failure"

LOG_FORMAT = _one_of("ASSISTANTS_LOG_FORMAT", "text", "json")
"""Of the lines on standard error: "text", or "json", one object a line. Those of runs tell which run."""

LOG_LEVEL = _one_of("ASSISTANTS_LOG_LEVEL", "warning", "error", "info", "debug")

_lines = "assistants_app.domain.log_lines"

# Django's own configuration keeps quiet without DEBUG; what broke belongs in the log of the process.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"of_run": {"()": f"{_lines}.OfRun"}, "in_a_line": {"()": f"{_lines}.InALine"}},
    "formatters": {
        "text": {"()": f"{_lines}.TextLine", "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "json": {"()": f"{_lines}.JsonLine"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["of_run", "in_a_line"]}
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL.upper()},
    "loggers": {"django.request": {"level": "ERROR"}},
}
