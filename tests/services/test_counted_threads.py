"""All threads are counted without being read: by PostgreSQL itself, whoever makes or deletes them."""

import json
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assistants_app.models import Role, Thread
from assistants_app.models.counted_threads import FEW, TABLE, count_all, fold, install_counting
from assistants_app.services.keys import create_key
from assistants_app.services.threads import delete_thread
from tests import make

pytestmark = pytest.mark.django_db

on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite counts them quickly")


def execute(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def rows() -> int:
    return int(execute(f'SELECT count(*) FROM "{TABLE}"')[0][0])


def test_it_works() -> None:
    assert count_all() == 0
    first, _second = make.thread(), make.thread()
    make.run()
    assert count_all() == 3, "a run makes its thread in the statement that accepts it"
    Thread.objects.bulk_create(Thread() for _number in range(5))
    assert count_all() == 8
    delete_thread(thread_id=first.thread_id)
    assert count_all() == 7
    Thread.objects.update(title="Another")
    Thread.objects.filter(title="Nobody's").delete()
    assert count_all() == Thread.objects.count() == 7
    Thread.objects.all().delete()
    assert count_all() == 0


def test_what_is_undone_is_not_counted() -> None:
    make.thread()
    with transaction.atomic():
        make.thread()
        assert count_all() == 2
        transaction.set_rollback(True)
    assert count_all() == Thread.objects.count() == 1


@on_postgresql
def test_many_changes_become_one() -> None:
    execute(f'DELETE FROM "{TABLE}"')  # what came and went in tests before
    for _number in range(FEW):
        make.thread()
    fold()
    assert rows() == FEW, "so few are no matter"
    make.thread()
    fold()
    assert (rows(), count_all()) == (1, FEW + 1)
    fold()
    assert (rows(), count_all()) == (1, FEW + 1)


@on_postgresql
def test_threads_of_before_are_counted_when_it_is_installed() -> None:
    execute("DROP FUNCTION count_threads() CASCADE")
    make.thread()
    make.thread()
    assert count_all() == 0
    install_counting(using="default")
    assert count_all() == 2
    make.thread()
    install_counting(using="default")
    assert count_all() == 3, "once"


@on_postgresql
def test_a_table_that_is_emptied_has_none() -> None:
    make.thread()
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute(f'TRUNCATE "{Thread._meta.db_table}" CASCADE')
    assert count_all() == 0


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", ["search", "count"])
def test_the_api_reads_none_of_them_to_count_all(client: Client, place: str) -> None:
    make.thread()
    secret = create_key(name="counts", role=Role.OPERATOR, created_by=None)[1]
    given: dict[str, Any] = {"content_type": "application/json", "headers": {"X-Api-Key": secret}}

    def ask(body: dict[str, Any]) -> tuple[int, list[str]]:
        """How many there are, and what counted them."""
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(f"/api/threads/{place}", json.dumps(body), **given)
        told = answer.json() if place == "count" else answer.headers["X-Pagination-Total"]
        return int(told), [query["sql"] for query in queries if "COUNT(*)" in query["sql"]]

    assert ask({}) == (1, [])
    found, counted = ask({"status": "idle"})
    assert found == len(counted) == 1
    assert ask({"status": "busy"})[0] == 0
