"""Many people saving one assistant at once: no version number is given twice or lost."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from assistants_app.domain.errors import StaleBase
from assistants_app.models import Assistant, Run, Thread
from assistants_app.services.assistants import delete_assistant
from assistants_app.services.authors import SYSTEM
from assistants_app.services.versions import save_version
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

THREADS, VERSIONS = 8, 10


def _save_until_done(assistant: Assistant, label: str, barrier: threading.Barrier) -> int:
    """Saves VERSIONS versions, each on the newest there is, as often as that takes. Returns the refusals."""
    refused = 0
    try:
        barrier.wait()
        for step in range(VERSIONS):
            while True:
                newest = Assistant.history.newest_number(assistant)
                try:
                    save_version(
                        assistant_id=assistant.assistant_id,
                        settings={"system_prompt": f"{label}, {step}"},
                        base=newest,
                        expected_version=newest,
                        author=SYSTEM,
                    )
                except StaleBase:
                    refused += 1
                else:
                    break
    finally:
        connection.close()
    return refused


def test_it_works() -> None:
    assistant = make.assistant()
    barrier = threading.Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        tasks = [pool.submit(_save_until_done, assistant, f"thread {n}", barrier) for n in range(THREADS)]
        for task in tasks:
            task.result()

    versions = list(Assistant.history.of(assistant))
    assert [version.number for version in versions] == list(range(THREADS * VERSIONS + 1, 0, -1))
    saved = {version.context["system_prompt"] for version in versions}
    assert saved >= {f"thread {n}, {step}" for n in range(THREADS) for step in range(VERSIONS)}
    assistant.refresh_from_db()
    assert assistant.version == THREADS * VERSIONS + 1
    assert assistant.context == versions[0].context


def test_one_base_is_saved_on_once() -> None:
    assistant = make.assistant()
    barrier = threading.Barrier(THREADS)

    def save(n: int) -> bool:
        try:
            barrier.wait()
            save_version(
                assistant_id=assistant.assistant_id,
                settings={"system_prompt": f"mine, {n}"},
                base=1,
                expected_version=1,
                author=SYSTEM,
            )
        except StaleBase:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = list(pool.map(save, range(THREADS)))

    assert sum(outcomes) == 1
    assert Assistant.history.newest_number(assistant) == 2


def test_the_same_form_sent_twice_at_once_makes_one_version() -> None:
    assistant = make.assistant()
    barrier = threading.Barrier(2)

    def save(_n: int) -> int:
        try:
            barrier.wait()
            saved = save_version(
                assistant_id=assistant.assistant_id,
                settings={"system_prompt": "Sent twice"},
                base=1,
                expected_version=1,
                author=SYSTEM,
            )
        finally:
            connection.close()
        return saved.number

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(save, range(2))) == [2, 2]
    assert Assistant.history.newest_number(assistant) == 2


def test_an_assistant_is_deleted_while_a_run_of_it_is_accepted() -> None:
    """Accepting locks the thread before it refers to the assistant; deleting does not wait the other way round."""
    thread = make.thread()
    assistant = thread.assistant
    assert assistant is not None

    def delete() -> None:
        try:
            delete_assistant(assistant_id=assistant.assistant_id, author=SYSTEM, delete_threads=True)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Thread.objects.select_for_update().get(pk=thread.pk)
            deletion = pool.submit(delete)
            time.sleep(0.5)  # it has taken what it can, and waits
            assert make.run("hi", on=thread).number == 1
        deletion.result(30)
    assert not Run.objects.exists()
    assert not Assistant.objects.filter(pk=assistant.pk).exists()


def test_an_assistant_is_deleted_while_a_new_thread_of_it_gets_a_run() -> None:
    """The thread came after those that the deletion locked: it is not waited for with the assistant locked."""
    if connection.vendor == "sqlite":
        pytest.skip("one transaction that writes keeps all others out")
    assistant = make.assistant()
    locked, goes_on = threading.Event(), threading.Event()

    def pause(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if "FOR UPDATE" in sql and '"assistants_app_thread"' in sql and not locked.is_set():
            locked.set()
            goes_on.wait(20)
        return result

    def delete() -> None:
        try:
            with connection.execute_wrapper(pause):
                delete_assistant(assistant_id=assistant.assistant_id, author=SYSTEM)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        deletion = pool.submit(delete)
        assert locked.wait(20)
        thread = make.thread(assistant)
        with transaction.atomic():
            make.run("hi", on=thread)
            goes_on.set()
            time.sleep(0.5)
        deletion.result(30)
    assert not Assistant.objects.filter(pk=assistant.pk).exists()
    assert Run.objects.get().assistant is None
