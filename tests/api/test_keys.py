"""Keys at the API's door: how long they are good, how often they may call, and what happens to wrong ones."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assistants_app.api.access import key_ring as module
from assistants_app.api.access.key_ring import key_ring
from assistants_app.models import ApiKey, Role
from assistants_app.services.keys import create_key, revoke_key


def ask(url: str, secret: str, **headers: str) -> httpx.Response:
    return httpx.post(url + "/assistants/search", json={}, headers={"X-Api-Key": secret, **headers})


def test_it_works(api_url: str) -> None:
    key, secret = create_key(name="short", role=Role.VIEWER, created_by=None)
    assert ask(api_url, secret).status_code == 200
    assert httpx.post(api_url + "/assistants/search", json={}, headers={"Authorization": f"Bearer {secret}"}).is_success
    assert ApiKey.objects.get(pk=key.pk).last_used_at is not None

    revoke_key(key_id=key.pk)
    assert ask(api_url, secret).status_code == 401


def test_a_key_ends_when_its_time_comes(api_url: str) -> None:
    """Though it is remembered for longer than that."""
    ends = timezone.now() + timedelta(seconds=1)
    _key, secret = create_key(name="short", role=Role.VIEWER, created_by=None, expires_at=ends)
    assert ask(api_url, secret).status_code == 200

    time.sleep(max(0.0, (ends - timezone.now()).total_seconds()) + 0.05)
    assert ask(api_url, secret).status_code == 401


def author(secret: str) -> str:
    return async_to_sync(key_ring().caller)(secret, address="192.0.2.1").author.label


def queries_of(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)


@pytest.mark.django_db(transaction=True)
def test_a_key_is_looked_up_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    key, secret = create_key(name="busy", role=Role.VIEWER, created_by=None)
    assert queries_of(lambda: author(secret)) == 2  # and its use is noted
    assert queries_of(lambda: [author(secret) for _call in range(5)]) == 0

    monkeypatch.setattr(time, "monotonic", lambda now=time.monotonic: now() + module.KEPT_SECONDS)
    assert queries_of(lambda: author(secret)) == 1
    key.name = "renamed"
    key.save()
    assert author(secret) == "API key renamed"


def test_a_key_may_call_so_often(api_url: str, settings: Any) -> None:
    _key, secret = create_key(name="slow", role=Role.VIEWER, created_by=None, requests_per_minute=2)
    answers = [ask(api_url, secret) for _call in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 30
    assert answers[2].json() == {"detail": "This API key may call 2 times a minute."}

    settings.API_RATE = 1
    _key, other = create_key(name="other", role=Role.VIEWER, created_by=None)
    assert [ask(api_url, other).status_code for _call in range(2)] == [200, 429]
    settings.API_RATE = 0
    assert ask(api_url, other).status_code == 200


def test_many_wrong_keys_are_slowed_down(
    api_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "WRONG_PER_MINUTE", 3)
    wrong = "as_" + "w" * 43
    with caplog.at_level(logging.DEBUG):
        assert [ask(api_url, wrong).status_code for _try in range(3)] == [401] * 3
        began = time.monotonic()
        assert ask(api_url, wrong).status_code == 401
    assert time.monotonic() - began >= 1
    assert wrong not in caplog.text

    _key, right = create_key(name="right", role=Role.VIEWER, created_by=None)
    began = time.monotonic()
    assert ask(api_url, right).status_code == 200
    assert time.monotonic() - began < 1


def test_without_keys_this_machine_alone_is_answered(api_url: str, settings: Any) -> None:
    settings.API_AUTH = "none"
    assert ask(api_url, "").status_code == 200
    assert ask(api_url, "", Origin="http://localhost:3000").status_code == 200
    for header, value in {
        "Origin": "https://evil.example",
        "X-Forwarded-For": "127.0.0.1",
        "Forwarded": "for=127.0.0.1",
        "Via": "1.1 proxy",
    }.items():
        answer = ask(api_url, "", **{header: value})
        assert answer.status_code == 403, header
        assert "this machine alone" in answer.json()["detail"]
