"""`sign_in_link NAME`: a way in from the machine that serves."""

from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from assistants_app.models import Person
from tests.commands.served import run

pytestmark = pytest.mark.django_db


def test_it_works(olga: Person, client: Client) -> None:
    out = StringIO()
    call_command("sign_in_link", olga.username.upper(), url="http://host:1/", stdout=out)
    link = urlsplit(out.getvalue().strip())
    assert link.netloc == "host:1"
    assert client.get(link.path).status_code == 200


def test_somebody_unknown(olga: Person) -> None:
    with pytest.raises(CommandError, match=f'Nobody called "nobody" can sign in. Known: {olga.username}.'):
        call_command("sign_in_link", "nobody")


def test_somebody_who_may_not_sign_in(olga: Person) -> None:
    Person.objects.filter(pk=olga.pk).update(is_active=False)
    with pytest.raises(CommandError, match="Known: nobody"):
        call_command("sign_in_link", olga.username)


def test_a_folder_without_a_site(tmp_path: Path) -> None:
    asked = run("sign_in_link", "operator", "--data", "elsewhere", folder=tmp_path)
    assert asked.returncode == 1
    assert f"There is no site in {tmp_path / 'elsewhere'}" in asked.stdout
    assert "Traceback" not in asked.stdout
