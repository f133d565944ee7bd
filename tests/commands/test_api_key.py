"""`api_key create|list|revoke`: keys from the machine that serves."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from assistants_app.models import ApiKey, Role
from assistants_app.services.keys import find_key
from tests.commands import served

pytestmark = pytest.mark.django_db


def run(*arguments: str, **options: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("api_key", *arguments, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_it_works() -> None:
    out, err = run("create", "Nightly job", "--role", "editor", "--days", "30", "--rate", "100")
    secret = out.strip()
    key = find_key(secret)
    assert key is not None
    assert (key.name, key.role, key.requests_per_minute) == ("Nightly job", Role.EDITOR, 100)
    assert key.expires_at is not None
    assert "not shown again" in err

    listed = run("list")[0]
    assert key.start in listed
    assert secret not in listed
    assert "usable" in listed

    assert run("revoke", key.start)[0] == "Nightly job is revoked.\n"
    assert find_key(secret) is None
    assert "revoked" in run("list")[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create", " "], "name of 1 to 100 characters"),
        (["create", "x", "--role", "boss"], "invalid choice"),
        (["create", "x", "--days", "0"], "cannot expire in the past"),
        (["create", "x", "--days", "999999999"], "too many"),
        (["create", "x", "--rate", "0"], "from 1 to"),
        (["revoke", "as_nothing"], "There is no key as_nothing"),
        (["revoke", "00000000-0000-0000-0000-000000000000"], "There is no key"),
        ([], "required"),
    ],
)
def test_refusals(arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(*arguments)
    assert not ApiKey.objects.exists()


def test_the_site_of_another_folder(tmp_path: Path) -> None:
    """Where no site is, and where there is one of an older version."""
    asked = served.run("api_key", "create", "x", "--data", "elsewhere", folder=tmp_path)
    assert asked.returncode == 1
    assert asked.stdout.startswith(f"CommandError: There is no site in {tmp_path / 'elsewhere'}.")
    assert not (tmp_path / "elsewhere").exists()

    older = {"folder": tmp_path, "ASSISTANTS_DATA": str(tmp_path / "elsewhere")}
    assert served.run("migrate", "assistants_app", "0001", **older).returncode == 0
    assert "An older version made this site" in served.run("api_key", "list", **older).stdout
    assert served.run("migrate", **older).returncode == 0
    assert served.run("api_key", "list", "--data", "elsewhere", folder=tmp_path).stdout == ""


def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    asked = served.run("api_key", "list", folder=tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert "CommandError: The database cannot be used: " in asked.stdout
    assert "Traceback" not in asked.stdout
