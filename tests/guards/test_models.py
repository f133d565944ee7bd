"""The tables and their migrations tell the same."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.db import models
from django.utils.functional import Promise


@pytest.mark.django_db
def test_no_migration_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("makemigrations", "--check", "--dry-run")

    assert "No changes detected" in capsys.readouterr().out


@pytest.mark.django_db
def test_django_has_nothing_to_say(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check", fail_level="WARNING")

    assert "no issues" in capsys.readouterr().out


OWN = [model for model in apps.get_app_config("assistants_app").get_models() if not model._meta.auto_created]


@pytest.mark.parametrize("model", OWN, ids=lambda model: model.__name__)
def test_every_name_can_be_translated(model: type[models.Model]) -> None:
    """Of tables, of the columns that the administration shows, what is said of them, and their choices."""
    meta, hidden = model._meta, admin.site.get_model_admin(model).exclude or ()
    given = {name for name in ("verbose_name", "verbose_name_plural") if name in meta.original_attrs}
    shown = [field for field in meta.concrete_fields if field.name not in hidden]
    names = [meta.verbose_name, meta.verbose_name_plural, *(field.verbose_name for field in shown)]
    names += [field.help_text for field in shown if field.help_text]
    names += [label for field in shown for value, label in field.flatchoices if value]

    assert given == {"verbose_name", "verbose_name_plural"}
    assert not [name for name in names if not isinstance(name, Promise)]
