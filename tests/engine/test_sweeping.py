"""Threads that have expired go, or keep only their newest state; what is used or busy stays."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from assistants_app.engine import Engine, engine
from assistants_app.engine.rounds import sweeping as sweeping_module
from assistants_app.engine.rounds.sweeping import ThreadSweeper, sweeping
from assistants_app.engine.threads.places import Place
from assistants_app.graphs.catalog import catalog
from assistants_app.graphs.sections.checkpointer import CheckpointerSection, ThreadTtl
from assistants_app.models import Thread
from assistants_app.services.expiry import Ttl, expires_at
from assistants_app.services.threads import create_thread
from tests import make
from tests.running import finish, wait_for


def _sweeper() -> ThreadSweeper:
    return ThreadSweeper(database=engine()._database, upkeep=engine()._rooms.upkeep)


def _sweep() -> int:
    return wait_for(engine()._here(_sweeper().sweep))


def _made(strategy: Any = "delete", *, quiet_for: int = 60) -> Thread:
    """A thread with one run that stays ten minutes; nothing has happened in it for `quiet_for` minutes."""
    thread = make.thread()
    finish(make.run("hi", on=thread))
    then = timezone.now() - timedelta(minutes=quiet_for)
    Thread.objects.filter(pk=thread.pk).update(
        **Ttl(10, strategy).columns() | {"expires_at": then + timedelta(minutes=10)}, state_updated_at=then
    )
    return thread


def _states(thread: Thread) -> int:
    return len(wait_for(engine().threads.history(Place(thread.pk), limit=100)))


def test_it_works(serving: Engine) -> None:
    gone, young, for_ever = _made(), _made(quiet_for=1), make.thread()
    saver: Any = engine()._rooms.reader._saver
    assert _sweep() == 1
    assert set(Thread.objects.values_list("pk", flat=True)) == {young.pk, for_ever.pk}
    wait_for(asyncio.sleep(0.2))
    assert wait_for(engine()._here(lambda: saver.lineage(str(gone.pk)))) == []
    assert _sweep() == 0


def test_only_the_newest_state_stays(serving: Engine) -> None:
    thread = _made("keep_latest")
    assert _states(thread) == 3
    assert _sweep() == 1
    assert _states(thread) == 1
    thread.refresh_from_db()
    assert thread.expires_at
    assert thread.expires_at > timezone.now()


def test_what_was_used_since_stays(serving: Engine) -> None:
    thread = _made()
    Thread.objects.update(state_updated_at=timezone.now())
    assert _sweep() == 0
    thread.refresh_from_db()
    assert thread.expires_at == expires_at(thread)
    assert thread.expires_at == thread.state_updated_at + timedelta(minutes=10)


def test_a_busy_thread_stays(serving: Engine) -> None:
    _made()
    Thread.objects.update(status="busy")
    assert _sweep() == 0
    assert Thread.objects.count() == 1
    Thread.objects.update(status="idle")
    assert _sweep() == 1


def test_many_at_once(serving: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping_module, "AT_ONCE", 2)
    assistant = make.assistant()
    for _each in range(5):
        create_thread(assistant=assistant, owner=None, ttl=Ttl(1))
    long_ago = timezone.now() - timedelta(days=1)
    Thread.objects.update(expires_at=long_ago, state_updated_at=long_ago)
    assert _sweep() == 5


def test_a_time_too_short_to_measure_does_not_keep_the_sweeper_busy(serving: Engine) -> None:
    thread = _made("keep_latest")
    Thread.objects.update(ttl={"ttl": 1e-9, "strategy": "keep_latest"})
    assert _sweep() == 1
    assert Thread.objects.filter(pk=thread.pk).exists()


def test_the_engine_sweeps_by_itself(serving: Engine) -> None:
    thread = _made()

    async def swept() -> None:
        async with sweeping(_sweeper(), seconds=0.05):
            for _look in range(300):
                if not await engine()._database.call(Thread.objects.filter(pk=thread.pk).exists):
                    break
                await asyncio.sleep(0.02)

    wait_for(engine()._here(swept), seconds=10)
    assert not Thread.objects.exists()


def test_the_default_is_the_langgraph_jsons(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert create_thread(assistant=None, owner=None).ttl is None
    catalog().ensure_loaded()
    config: Any = catalog().config
    asked = CheckpointerSection(ttl=ThreadTtl(default_ttl=30, strategy="keep_latest"))
    monkeypatch.setattr(catalog(), "config", replace(config, checkpointer=asked))
    by_default = create_thread(assistant=None, owner=None)
    own = create_thread(assistant=None, owner=None, ttl=Ttl(5))
    assert by_default.ttl == {"ttl": 30, "strategy": "keep_latest"}
    assert own.ttl == {"ttl": 5, "strategy": "delete"}
