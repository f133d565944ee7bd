"""What PostgreSQL is asked by plans that stay: like psycopg's own cursor, whatever becomes of connection and tables."""

import itertools
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, connections, transaction
from django.db.models import Value
from django.utils import timezone

from assistants_app.models import Assistant
from assistants_app.models.prepared import ask, ask_values, insert, postgres, update
from assistants_app.models.prepared.connection import prepared_cursor

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no plans"),
]


def asked(sql: str, *params: Any) -> list[Any]:
    with prepared_cursor(connections["default"]) as cursor:
        assert isinstance(cursor, postgres.PlannedCursor)
        cursor.execute(sql, params)
        return list(cursor.fetchall())


@pytest.fixture
def fresh() -> "Iterator[psycopg.Connection[Any]]":
    """A connection on which nothing was asked."""
    with psycopg.connect(**connection.get_connection_params() | {"autocommit": True}) as made:
        yield made


def kept(of: "psycopg.Connection[Any]") -> list[str]:
    found = of.execute("SELECT statement FROM pg_prepared_statements WHERE name LIKE 'kept_%'", prepare=False)
    return [row[0] for row in found.fetchall()]


def test_values_come_back_as_psycopgs_cursor_gives_them() -> None:
    values = ["é\n'%s", 1, 2**15, 2**31, 2**63, 1.5, True, None, timezone.now(), uuid4()]
    kinds = ["text", "int", "int", "int8", "numeric", "float8", "bool", "text", "timestamptz", "uuid"]
    sql = "SELECT " + ", ".join(f"%s::{kind}" for kind in kinds) + ", '{\"a\": 1}'::jsonb, 7 %% 4"
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        wanted = cursor.fetchall()
    for _again in range(3):
        assert asked(sql, *values) == wanted


def test_a_plan_is_made_at_the_second_use_and_for_each_kind_of_number(fresh: "psycopg.Connection[Any]") -> None:
    plans, sql = postgres.Plans(), "SELECT %s::int8 + 1"

    def sums(*numbers: int) -> list[Any]:
        answers = [plans.ask(fresh, sql, [number]) for number in numbers]
        return [reader.load_rows(0, 1, tuple)[0][0] for _result, reader in answers[-1:]]

    assert sums(1) == [2]
    assert kept(fresh) == []
    assert sums(2) == [3]
    assert kept(fresh) == ["SELECT $1::int8 + 1"]
    assert sums(2**40, 2**40 + 1) == [2**40 + 2]
    assert kept(fresh) == ["SELECT $1::int8 + 1"] * 2


def test_the_oldest_plans_are_forgotten(fresh: "psycopg.Connection[Any]", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "MOST_PLANS", 5)
    plans = postgres.Plans()
    for number in range(12):
        for _twice in range(2):
            plans.ask(fresh, f"SELECT %s::int + {number}", [1])
    assert sorted(kept(fresh)) == sorted(f"SELECT $1::int + {number}" for number in range(7, 12))


def test_what_is_refused_again_and_again_leaves_no_plans_behind(fresh: "psycopg.Connection[Any]") -> None:
    plans = postgres.Plans()
    for number in range(10):
        with pytest.raises(psycopg.errors.DivisionByZero):
            plans.ask(fresh, "SELECT 1 / %s", [0])
        with pytest.raises(psycopg.errors.UndefinedColumn):
            plans.ask(fresh, "SELECT nothing + %s", [number])
    assert kept(fresh) == ["SELECT 1 / $1"]


def test_many_kinds_of_numbers_are_bounded_too(
    fresh: "psycopg.Connection[Any]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "MOST_PLANS", 5)
    plans = postgres.Plans()
    for _again in range(2):
        for numbers in itertools.product([1, 2**20, 2**40], repeat=3):
            for _twice in range(2):
                _result, reader = plans.ask(fresh, "SELECT %s::int8 + %s::int8 + %s::int8", numbers)
                assert reader.load_rows(0, 1, tuple) == [(sum(numbers),)]
    assert len(kept(fresh)) == 5


def test_a_refusal_tells_why_and_the_next_question_is_answered() -> None:
    for _again in range(3):
        with pytest.raises(DataError, match="division by zero"):
            asked("SELECT 1 / %s", 0)
        assert asked("SELECT 1 / %s", 1) == [(1,)]
    made = insert(Assistant(graph_id="writer", name="One"))
    for _again in range(3):
        with pytest.raises(IntegrityError) as refused:
            insert(Assistant(graph_id="writer", name="Two", assistant_id=made.assistant_id))
        assert isinstance(refused.value.__cause__, psycopg.errors.UniqueViolation)


def test_a_transaction_is_begun_and_undone_with_what_is_asked_in_it() -> None:
    made = insert(Assistant(graph_id="writer", name="One"))
    for _again in range(3):
        with transaction.atomic():
            assert update(Assistant, {"id": made.pk}, name="Two") == 1
            assert update(Assistant, {"id": made.pk}, name="Three") == 1
            transaction.set_rollback(True)
        assert Assistant.objects.get().name == "One"
        with transaction.atomic():
            Assistant.objects.select_for_update().get()
            with pytest.raises(DataError):
                asked("SELECT 1 / %s", 0)
            transaction.set_rollback(True)
            with pytest.raises(transaction.TransactionManagementError):
                ask("one", Assistant.objects.filter, pk=made.pk)
    assert ask_values("names", Assistant.objects.values_list("name").filter, name="One") == [("One",)]


def test_a_table_that_is_changed_is_asked_anew() -> None:
    """As when a newer process migrates it: the plan is refused once."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE changing AS SELECT 1 AS one")
    try:
        for _again in range(3):
            assert asked("SELECT * FROM changing WHERE one = %s", 1) == [(1,)]
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE changing ADD two int DEFAULT 2")
        with pytest.raises(Exception, match="cached plan must not change result type"):
            asked("SELECT * FROM changing WHERE one = %s", 1)
        for _again in range(3):
            assert asked("SELECT * FROM changing WHERE one = %s", 1) == [(1, 2)]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE changing")


def test_a_connection_that_was_ended_says_so_and_another_is_opened() -> None:
    made = insert(Assistant(graph_id="writer", name="One"))
    for _again in range(3):
        assert ask("one", Assistant.objects.filter, pk=made.pk) == [made]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with psycopg.connect(connection.connection.info.dsn, password=connection.connection.info.password) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    with pytest.raises(OperationalError):
        ask("one", Assistant.objects.filter, pk=made.pk)
    connection.close()
    assert ask("one", Assistant.objects.filter, pk=made.pk) == [made]


def test_a_value_of_some_megabytes() -> None:
    text = "é" * 4_000_000
    for _again in range(3):
        assert asked("SELECT %s::text, length(%s)", text, text) == [(text, 4_000_000)]


def test_too_few_values_are_refused_before_they_are_sent() -> None:
    with pytest.raises(Exception, match="1 values for the 2 places"):
        asked("SELECT %s::int + %s", 1)
    assert asked("SELECT %s::int + %s", 1, 2) == [(3,)]


def test_where_somebody_counts_django_asks() -> None:
    made = insert(Assistant(graph_id="writer", name="One"))
    seen: list[str] = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        for _again in range(3):
            ask("one", Assistant.objects.annotate(two=Value(2)).filter, pk=made.pk)
    assert len(seen) == 3
