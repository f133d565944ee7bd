"""The tables and their migrations tell the same."""

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_no_migration_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("makemigrations", "--check", "--dry-run")

    assert "No changes detected" in capsys.readouterr().out


@pytest.mark.django_db
def test_django_has_nothing_to_say(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check", fail_level="WARNING")

    assert "no issues" in capsys.readouterr().out
