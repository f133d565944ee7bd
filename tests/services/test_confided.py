"""What programs confide with a run is sealed in the tables, and reaches the graph and the receiver as it was."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from assistants_app.domain.errors import SecretNotOpened
from assistants_app.engine.runs.execution import langgraph_config
from assistants_app.models import Cron, Run
from assistants_app.services.authors import SYSTEM
from assistants_app.services.confided import opened_webhook, told_address, told_options
from assistants_app.services.crons import begin_cron_run, create_cron
from assistants_app.services.pushes import pushes_of, put_push
from assistants_app.services.resealing import reseal
from assistants_app.services.run_requests import NOBODY, CallerOfRun, begin_asked_run
from tests import make
from tests.services.test_secrets import FIRST, SECOND, tables

pytestmark = pytest.mark.django_db

CALLER = CallerOfRun(
    user_id="bob",
    permissions=("read",),
    user={"identity": "bob", "jwt": "jwt-canary"},
    headers={"x-pass": "head-canary"},
)
PUSH = {
    "id": "",
    "url": "https://example.org/?token=hook-canary",
    "token": "token-canary",
    "authentication": {"scheme": "Bearer", "credentials": "cred-canary"},
}
HOOK = "https://example.org/hook?token=hook-canary"
CANARIES = ("hook-canary", "jwt-canary", "head-canary", "token-canary", "cred-canary")


def _run(**more: Any) -> Run:
    made = begin_asked_run(
        assistant_id=make.assistant().assistant_id, asked={"input": {}, **more}, author=SYSTEM, caller=CALLER
    )
    return Run.objects.get(pk=made.pk)


def _told(run: Run) -> dict[str, Any]:
    configurable = langgraph_config(run, {})["configurable"]
    told = {name: configurable[name] for name in ("x-pass", "langgraph_auth_user_id")}
    return {**told, "jwt": configurable["langgraph_auth_user"]["jwt"]}


AS_IT_WAS = {"x-pass": "head-canary", "langgraph_auth_user_id": "bob", "jwt": "jwt-canary"}


def test_it_works() -> None:
    run = _run(push=[PUSH], webhook=HOOK)
    assert not [canary for canary in CANARIES if canary in tables()]
    assert _told(run) == AS_IT_WAS
    assert pushes_of(run_id=run.pk) == [PUSH]
    assert opened_webhook(run.options) == HOOK
    assert not [canary for canary in CANARIES if canary in str(told_options(run.options))]


def test_an_address_that_is_no_more_than_a_path_stays_readable() -> None:
    for address in ("https://example.org/hook", "https://example.org/hook?"):
        assert _run(webhook=address).options["webhook"] == told_address(address) == address


def test_a_push_that_is_named_later() -> None:
    run = _run()
    assert put_push(run_id=run.pk, push={**PUSH, "id": "a"}, most=2)
    assert put_push(run_id=run.pk, push={"id": "b", "url": "https://example.org/"}, most=2)
    assert not [canary for canary in CANARIES if canary in tables()]
    assert pushes_of(run_id=run.pk) == [{**PUSH, "id": "a"}, {"id": "b", "url": "https://example.org/"}]


def test_a_cron() -> None:
    later = timezone.now() + timedelta(days=1)
    assistant = make.assistant()
    cron = create_cron(
        assistant_id=assistant.assistant_id, schedule="* * * * *", asked={}, author=SYSTEM, caller=CALLER, now=later
    )
    assert not [canary for canary in CANARIES if canary in tables()]
    Cron.objects.filter(pk=cron.pk).update(next_run_date=later)
    run = begin_cron_run(cron_id=cron.pk, at=later + timedelta(minutes=2))
    assert run is not None
    assert _told(Run.objects.get(pk=run.pk)) == AS_IT_WAS
    assert not [canary for canary in CANARIES if canary in tables()]


def test_nobody_confides_nothing() -> None:
    made = begin_asked_run(assistant_id=make.assistant().assistant_id, asked={}, author=SYSTEM)
    caller = Run.objects.get(pk=made.pk).options["caller"]
    assert caller == {**vars_of_nobody(), "permissions": []}


def vars_of_nobody() -> dict[str, Any]:
    return {name: getattr(NOBODY, name) for name in ("user_id", "permissions", "user", "headers", "request_id")}


def test_what_was_stored_plain_is_sealed_and_keys_are_changed(settings: Settings) -> None:
    settings.SEAL_SECRETS = False
    run = _run(push=[PUSH], webhook=HOOK)
    other = begin_asked_run(assistant_id=run.assistant.assistant_id, asked={"webhook": HOOK}, author=SYSTEM)
    assert not [canary for canary in CANARIES if canary in str(told_options(run.options))]
    assert all(canary in tables() for canary in CANARIES)
    settings.SEAL_SECRETS = True
    for known in ([FIRST], [SECOND, FIRST], [SECOND]):
        settings.SECRETS_KEYS = known
        assert reseal(author=SYSTEM).rows["runs"] == (2 if known != [SECOND] else 0)
        assert not [canary for canary in CANARIES if canary in tables()]
    settings.SECRET_KEY = "another"  # nothing needs it any more
    assert _told(Run.objects.get(pk=run.pk)) == AS_IT_WAS
    assert pushes_of(run_id=run.pk) == [PUSH]
    for one in (run, other):
        assert opened_webhook(Run.objects.get(pk=one.pk).options) == HOOK


def test_without_its_key_nothing_is_told(settings: Settings) -> None:
    run = _run(webhook=HOOK)
    settings.SECRET_KEY = "another"
    assert told_options(run.options)["webhook"] == "••••••••"
    with pytest.raises(SecretNotOpened):
        langgraph_config(run, {})
    assert pushes_of(run_id=uuid.uuid4()) == []
