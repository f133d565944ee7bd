"""`api_key create|list|revoke`: keys from the machine that serves."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from assistants_app.models import ApiKey, Role
from assistants_app.services.keys import find_key

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
