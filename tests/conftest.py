"""What every test may ask for: a real database in a file or on a real server, the cast, the builders.

Which databases: `tests/databases.py`. How many sessions at once: `tests/sessions.py`. Who: `tests/people.py`.
What: `tests/make.py`.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection, connections
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from assistants_app.engine import interpreter
from assistants_app.services.refusals import bound
from tests.emptying import empty
from tests.letters import mail
from tests.people import ben, editor_client, erin, olga, operator_client, sign_in
from tests.running import serving
from tests.sessions import Place
from tests.tracing import spans

__all__ = ["ben", "editor_client", "erin", "mail", "olga", "operator_client", "serving", "sign_in", "spans"]

settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci")
# The same examples in every run, on every machine; `--hypothesis-profile=explore` looks for new ones.


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """SQLite in a file, as it is run: in memory, threads would not meet as they do in earnest. Sessions that are
    given the same server have a database each."""
    default = connections["default"].settings_dict
    if default["ENGINE"].endswith("sqlite3"):
        default["TEST"]["NAME"] = str(Path(default["NAME"]).with_name("test.sqlite3"))
    elif (place := Place.beside()) and place.number:
        default["TEST"]["NAME"] = f"test_{default['NAME']}_{place.number}"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """PostgreSQL drops no database in use: it takes a moment to see that a server of the tests has ended, and threads
    of the tests' own may keep their connections."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(scope="session", autouse=True)
def _as_processes_that_serve() -> None:
    """A tenth of the suite's time was Python's search for garbage among all that is loaded."""
    interpreter.set_up()


@pytest.fixture(scope="session", autouse=True)
def _one_tls_context() -> Iterator[None]:
    """Each client of httpx reads all certificates of the machine, for a fifth of a second. No test speaks TLS."""
    from httpx._transports import default as transports

    before = transports.create_ssl_context
    transports.create_ssl_context = cache(before)
    yield
    transports.create_ssl_context = before


@pytest.fixture(scope="session", autouse=True)
def _quickly_emptied() -> Iterator[None]:
    """After a test with real transactions: `tests/emptying.py` says how, and why not as Django does."""
    before = TransactionTestCase._fixture_teardown

    def emptied(self: TransactionTestCase) -> None:
        for alias in self._databases_names(include_mirrors=False):
            empty(alias)

    TransactionTestCase._fixture_teardown = emptied
    yield
    TransactionTestCase._fixture_teardown = before


@pytest.fixture(autouse=True)
def _refusals_are_recorded() -> None:
    """Those of one test do not count against the next one's."""
    bound.start_anew()


class QuickHasher(PBKDF2PasswordHasher):
    """Hashing a password is slow on purpose; no test needs that. The site reads these hashes like its own."""

    iterations = 1


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    before = django_settings.PASSWORD_HASHERS
    django_settings.PASSWORD_HASHERS = [f"{QuickHasher.__module__}.{QuickHasher.__qualname__}", *before]
    yield
    django_settings.PASSWORD_HASHERS = before
