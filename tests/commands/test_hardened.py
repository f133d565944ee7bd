"""What `serve` leaves on the disk and sends to browsers, as a stranger would look for it."""

import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.served import COMMAND, Served, environment

pytestmark = pytest.mark.one_database

SECRET = "not a secret but a long one, of the tests alone, 0123456789"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def site(place: Path) -> Iterator[Served]:
    with Served(folder=place) as started:
        yield started


def test_files_are_for_who_serves_alone(site: Served, place: Path) -> None:
    folder = place / ".assistants"
    rights = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {"assistants.sqlite3", "checkpoints.sqlite3", "store.sqlite3", "secret_key"} <= set(rights)
    open_ones = {name: oct(mode) for name, mode in rights.items() if mode & 0o077}
    assert set(open_ones) <= {"serve.lock"}, "empty"


def test_another_name_is_a_line_of_the_log(site: Served) -> None:
    status, _headers, page = site.get("/sign-in/", Host="evil.example")

    assert status == 400
    assert b"evil.example" not in page
    site.wait_for("Invalid HTTP_HOST header: 'evil.example'")
    assert "Traceback" not in site.said


def test_far_too_much_is_a_line_of_the_log(site: Served) -> None:
    far_too_much = urllib.request.Request(f"{site.url}sign-in/", data=b"login=" + b"x" * 9_000_000)
    far_too_much.add_header("Cookie", f"csrftoken={'a' * 32}")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(far_too_much, timeout=60)

    refused.value.close()
    assert refused.value.code == 413
    site.wait_for("Request body exceeded")
    assert "Traceback" not in site.said


def test_headers(site: Served) -> None:
    _status, found, _page = site.get("/sign-in/")

    assert found["x-frame-options"] == "DENY"
    assert found["x-content-type-options"] == "nosniff"
    assert found["referrer-policy"] == "same-origin"
    assert found["cross-origin-opener-policy"] == "same-origin"
    policy = found["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert "strict-transport-security" not in found, "a browser that comes by HTTP keeps coming so"
    assert "server" not in found


def deployed(**more: str) -> dict[str, str]:
    return environment(
        CSRF_TRUSTED_ORIGINS="https://assistants.example", ALLOWED_HOSTS="assistants.example", SECRET_KEY=SECRET, **more
    )


def test_django_finds_nothing_to_deploy_better(tmp_path: Path) -> None:
    checked = subprocess.run(
        [*COMMAND, "check", "--deploy", "--fail-level", "INFO"],
        cwd=tmp_path,
        env=deployed(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert "no issues" in checked.stdout, checked.stderr
    assert checked.returncode == 0


PROBE = """
import django
django.setup()
from django.test import Client
from django.core.management import call_command
call_command("migrate", verbosity=0)
ask = dict(HTTP_HOST="assistants.example")
plain = Client().get("/sign-in/", **ask)
print(plain.status_code, plain.headers["Location"])
client = Client()
answer = client.get("/sign-in/", secure=True, **ask)
print(answer.headers["Strict-Transport-Security"])
print(client.cookies["__Host-csrftoken"]["secure"], client.cookies["__Host-csrftoken"]["path"])
told = Client().get("/sign-in/", HTTP_X_FORWARDED_PROTO="https", **ask)
print(told.status_code)
"""


def test_behind_a_proxy_everything_is_secure(tmp_path: Path) -> None:
    for header, status in (("", "301"), ("X-Forwarded-Proto", "200")):
        env = deployed(DJANGO_SETTINGS_MODULE="assistants_app.settings", SECURE_PROXY_SSL_HEADER=header)
        env["PYTHONPATH"] = str(Path(COMMAND[1]).parent)
        told = subprocess.run(
            [sys.executable, "-c", PROBE], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert told.stdout.splitlines() == [
            "301 https://assistants.example/sign-in/",
            "max-age=31536000; includeSubDomains",
            "True /",
            status,
        ], told.stderr
