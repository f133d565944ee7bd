"""Questions and writes with kept SQL come to the same as Django's own, on both databases."""

import json
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.sql.compiler import SQLCompiler
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assistants_app.engine.events.encoding import to_json
from assistants_app.models import Assistant, AssistantVersion, Person, Thread
from assistants_app.models.fields import EncodedJson
from assistants_app.models.prepared import Insert, Missing, Questions, Update, ask, ask_values, insert, update, write
from assistants_app.services.authors import Author
from assistants_app.services.versions import make_live
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

VALUES: dict[str, Any] = {"text": "é\n\t", "list": [1, 2.5, None, True], "empty": {}, "quote": "'\"%s\\"}


def fresh(name: str = "Writer", **more: Any) -> Assistant:
    return Assistant(graph_id="writer", name=name, context=VALUES, metadata=VALUES, **more)


def same(left: Assistant, right: Assistant) -> bool:
    fields = [field.attname for field in Assistant._meta.concrete_fields]
    return all(getattr(left, name) == getattr(right, name) for name in fields)


def test_it_works() -> None:
    made = insert(fresh())
    assert made.pk
    assert not made._state.adding
    assert same(made, Assistant.objects.get(pk=made.pk))
    assert not AssistantVersion.objects.exists()
    for _again in range(4):  # with a plan of its own from the second time on
        (found,) = ask("an assistant", Assistant.objects.filter, assistant_id=made.assistant_id)
        assert same(found, made)


def test_other_values_are_other_rows() -> None:
    one, two = insert(fresh("One")), insert(fresh("Two"))
    names = [ask("by name", Assistant.objects.filter, name=name)[0].pk for name in ("Two", "One", "Two")]
    assert names == [two.pk, one.pk, two.pk]
    assert ask("by name", Assistant.objects.filter, name="Three") == []


def test_what_is_no_name_stays_where_it_is() -> None:
    """Also where it equals a value, and where one stands twice."""
    first = insert(fresh("writer"))

    def alike(name: str) -> Any:
        return Assistant.objects.filter(graph_id="writer", name=name, description="").exclude(description=name)

    assert ask("alike", alike, name="writer") == [first]
    assert ask("alike", alike, name="other") == []


def test_values_of_columns() -> None:
    made = insert(fresh())
    find = Assistant.objects.values_list("name", "metadata").filter
    assert ask_values("columns", find, assistant_id=made.assistant_id) == [("Writer", VALUES)]


def test_columns_that_are_not_asked_for_are_deferred() -> None:
    made = insert(fresh())
    (found,) = ask("without", Assistant.objects.defer("context").filter, assistant_id=made.assistant_id)
    assert found.get_deferred_fields() == {"context"}
    assert found.context == VALUES


def test_a_kind_of_value_that_cannot_be_named() -> None:
    with pytest.raises(TypeError, match="dict"):
        ask("by metadata", Assistant.objects.filter, metadata={"a": 1})


def test_changes() -> None:
    one, two = insert(fresh("One", settings_schema={})), insert(fresh("Two", settings_schema={}))
    now = timezone.now()
    assert update(Assistant, {"id": one.pk, "version": 1}, version=2, settings_schema=None, updated_at=now) == 1
    assert update(Assistant, {"id": one.pk, "version": 1}, version=3, settings_schema=None, updated_at=now) == 0
    assert update(Assistant, {"id": two.pk, "version": 1}, version=2, settings_schema={"a": 1}, updated_at=now) == 1
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.version, one.settings_schema, one.updated_at) == (2, None, now)
    assert (two.version, two.settings_schema) == (2, {"a": 1})


def row_of_history(assistant: Assistant) -> AssistantVersion:
    given = {field.attname: getattr(assistant, field.attname) for field in AssistantVersion.tracked_fields}  # type: ignore[attr-defined]
    return AssistantVersion(**given, number=1, history_date=timezone.now(), history_type="+")


def test_writes_together_know_of_each_other() -> None:
    assistant = fresh(newest=1)  # which the database notes, too
    version = row_of_history(assistant)
    assert write(Insert(assistant), Insert(version, pointer="id"))
    assert same(assistant, Assistant.objects.get())
    kept = AssistantVersion.objects.get()
    assert (kept.pk, kept.id, kept.context, kept.metadata) == (version.pk, assistant.pk, VALUES, VALUES)


def test_nothing_is_written_where_the_first_changes_no_row() -> None:
    assistant = insert(fresh())
    first = Update(Assistant, {"id": assistant.pk, "version": 7}, {"name": "Other"})
    assert not write(first, Insert(row_of_history(assistant)))
    assert Assistant.objects.get().name == "Writer"
    assert not AssistantVersion.objects.exists()


@pytest.mark.parametrize("kind", ["inserted", "changed"])
def test_nothing_is_written_where_something_is_that_must_be_missing(kind: str) -> None:
    other = insert(fresh("Other"))
    assistant = fresh("New") if kind == "inserted" else other
    first = Insert(assistant) if kind == "inserted" else Update(Assistant, {"id": other.pk}, {"name": "New"})
    if kind == "inserted":
        assistant.newest = 1
    row = row_of_history(assistant)

    def attempt(name: str) -> bool:
        missing = [Missing("by name, missing", Assistant.objects.filter, {"name": each}) for each in ("Gone", name)]
        return write(first, Insert(row, pointer="id"), unless=missing)

    for _again in range(3):
        assert not attempt("Other")
        assert list(Assistant.objects.values_list("name", flat=True)) == ["Other"]
        assert not AssistantVersion.objects.exists()
    assert attempt("Nobody's")
    assert Assistant.objects.filter(name="New").exists()
    assert AssistantVersion.objects.get().id == assistant.pk


@pytest.mark.parametrize("inside", [False, True])
def test_a_refusal_undoes_all_and_leaves_a_transaction_usable(inside: bool) -> None:
    assistant = insert(fresh())
    insert(row_of_history(assistant))
    first = Update(Assistant, {"id": assistant.pk}, {"name": "Other"})

    def refused() -> None:
        with pytest.raises(IntegrityError):
            write(first, Insert(row_of_history(assistant)))

    if inside:
        with transaction.atomic():
            refused()
            assert Assistant.objects.get().name == "Writer"
    else:
        refused()
    assert Assistant.objects.get().name == "Writer"


def test_a_row_with_a_key_of_its_own() -> None:
    thread = insert(Thread(title="Mine", metadata=VALUES))
    assert Thread.objects.get(thread_id=thread.pk).metadata == VALUES
    with pytest.raises(IntegrityError):
        insert(Thread(thread_id=thread.pk))
    assert make.assistant()


def test_rows_that_are_told_read_as_json_does() -> None:
    """Times and UUIDs may come as texts; encoded they are what a model's are."""
    made = insert(fresh(settings_schema=None))
    asked = Questions()
    question, params = asked.asked("told", Assistant.objects.filter, {"assistant_id": made.assistant_id}, connection)
    with connection.cursor() as cursor:
        cursor.execute(question.sql, params)
        (row,) = question.told(cursor.fetchall())
    kept = Assistant.objects.get()
    names = [field.attname for field in Assistant._meta.concrete_fields]
    told = {name: getattr(row, name) for name in names}
    told = {name: json.loads(value) if isinstance(value, EncodedJson) else value for name, value in told.items()}
    assert to_json(told) == to_json({name: getattr(kept, name) for name in names})


def test_the_log_of_queries_tells_them() -> None:
    made = insert(fresh())
    with CaptureQueriesContext(connection) as asked:
        for _again in range(4):
            ask("an assistant", Assistant.objects.filter, assistant_id=made.assistant_id)
    assert [query["sql"].split()[0] for query in asked] == ["SELECT"] * 4


def test_what_moves_the_live_version_makes_no_sql_anew(erin: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    assistant = make.assistant(person=erin)
    make.version(assistant, person=erin, settings={"temperature": 1.0})
    author, made = Author.of(erin), []
    as_sql = SQLCompiler.as_sql

    def counted(self: SQLCompiler, *args: Any, **kwargs: Any) -> Any:
        made.append(self)
        return as_sql(self, *args, **kwargs)

    def move() -> None:
        for number in (1, 2):
            make_live(assistant_id=assistant.assistant_id, number=number, author=author)

    move()
    monkeypatch.setattr(SQLCompiler, "as_sql", counted)
    move()
    assert made == []
    assert Assistant.objects.get(pk=assistant.pk).version == 2
    assert made, "it counts"
