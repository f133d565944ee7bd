"""Sealing all secrets anew: every table, in batches, as often as one likes, whatever was stored before."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.utils import DatabaseError
from django.utils import timezone
from pytest_django.fixtures import Settings

from assistants_app.domain.sealed import sealed_in
from assistants_app.models import Assistant, AssistantVersion, AuditEntry, Cron, Run, Trial
from assistants_app.models.immutability import resealable
from assistants_app.services.accepting import NewThread, begin_run
from assistants_app.services.assistants import delete_assistant
from assistants_app.services.authors import SYSTEM
from assistants_app.services.crons import create_cron
from assistants_app.services.resealing import reseal
from assistants_app.services.secrets import given, keys
from assistants_app.services.trials import begin_trial
from tests import make
from tests.services.test_secrets import CANARIES, FIRST, SCHEMA, SECOND, SETTINGS, tables

pytestmark = pytest.mark.django_db


@pytest.fixture
def plain(settings: Settings) -> Assistant:
    """A site whose secrets were stored before they were sealed: live row, versions, run, cron, a deleted assistant."""
    settings.SEAL_SECRETS = False
    assistant = make.assistant(settings=SETTINGS, settings_schema=SCHEMA, config={"api_key": "sk-canary"})
    make.version(assistant, settings={**SETTINGS, "prompt": "Ho"})
    begin_run(
        thread=NewThread(),
        assistant_id=assistant.assistant_id,
        author=SYSTEM,
        context={"license": "lic-canary"},
        config={"configurable": {"other_token": "token-canary"}},
    )
    asked: dict[str, Any] = {"context": {"api_key": "sk-canary"}, "config": {"configurable": {"token": "token-canary"}}}
    later = timezone.now() + timedelta(days=1)
    create_cron(assistant_id=assistant.assistant_id, schedule="0 0 1 1 *", asked=asked, author=SYSTEM, now=later)
    make.case(assistant)
    begin_trial(assistant_id=assistant.assistant_id, settings=SETTINGS, author=SYSTEM)
    gone = make.assistant(settings=SETTINGS, settings_schema=SCHEMA, name="Gone")
    delete_assistant(assistant_id=gone.assistant_id, author=SYSTEM)
    settings.SEAL_SECRETS = True
    return assistant


def all_settings() -> list[Any]:
    rows = [*Assistant.objects.all(), *AssistantVersion.objects.order_by("pk"), *Run.objects.all()]
    later = [*(row.payload for row in Cron.objects.all()), *(row.settings for row in Trial.objects.all())]
    return [value for row in rows for value in (row.context, row.config)] + later


def test_it_works(plain: Assistant) -> None:
    before = all_settings()
    assert all(canary in tables() for canary in CANARIES)

    done = reseal(author=SYSTEM, batch=2)

    assert done.rows == {
        "assistants": 1,
        "versions": 4,
        "runs": 1,
        "crons": 1,
        "drafts": 0,
        "trials": 1,
        "authenticators": 0,
    }
    assert not [canary for canary in CANARIES if canary in tables()]
    assert [given(value, None) for value in all_settings()] == before
    assert {one.key_id for one in sealed_in(all_settings())} == {keys()[0].key_id}
    assert reseal(author=SYSTEM).count == 0  # nothing is left to do
    assert "versions" in str(AuditEntry.objects.get(action="secrets.rotated").after)


@pytest.mark.usefixtures("plain")
def test_a_newer_key(settings: Settings) -> None:
    before = all_settings()
    for known in ([FIRST], [SECOND, FIRST], [SECOND]):
        settings.SECRETS_KEYS = known
        reseal(author=SYSTEM)
        assert {one.key_id for one in sealed_in(all_settings())} == {keys()[0].key_id}
    settings.SECRET_KEY = "another"  # nothing needs it any more
    assert [given(value, None) for value in all_settings()] == before


@pytest.mark.usefixtures("plain")
def test_interrupted_it_goes_on() -> None:
    def stop(name: str, seen: int) -> None:
        if name == "versions" and seen >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reseal(author=SYSTEM, batch=1, tell=stop)
    left = reseal(author=SYSTEM)
    assert 0 < left.rows["versions"] < 4
    assert left.rows["assistants"] == 0
    assert not [canary for canary in CANARIES if canary in tables()]


def test_versions_stay_immutable(plain: Assistant) -> None:
    reseal(author=SYSTEM)
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        AssistantVersion.objects.filter(id=plain.pk).update(name="Other")
    with resealable():
        pass
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        AssistantVersion.objects.filter(id=plain.pk).update(name="Other")


@pytest.mark.usefixtures("plain")
def test_what_cannot_be_opened_stays_and_is_told(settings: Settings) -> None:
    settings.SECRETS_KEYS = [FIRST]
    reseal(author=SYSTEM)
    lost = keys()[0].key_id
    before = tables()
    settings.SECRETS_KEYS = [SECOND]
    assert reseal(author=SYSTEM).missing_keys == {lost}
    assert tables() == before


def test_without_sealing_there_is_no_command(settings: Settings) -> None:
    settings.SEAL_SECRETS = False
    with pytest.raises(CommandError, match="ASSISTANTS_SEAL_SECRETS"):
        call_command("rotate_secrets")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("plain")
def test_the_command(capsys: pytest.CaptureFixture[str], settings: Settings) -> None:
    call_command("rotate_secrets", "--batch", "2", verbosity=2)
    assert keys()[0].key_id in capsys.readouterr().out
    settings.SECRET_KEY = "another"
    with pytest.raises(CommandError, match="cannot be opened"):
        call_command("rotate_secrets")
