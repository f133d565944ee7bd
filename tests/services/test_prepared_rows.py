"""Rows that are made without `Model.__init__` are those that it makes, and are stored as Django stores them."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import connection

from assistants_app.models import Assistant, AssistantVersion, AuditEntry, Person
from assistants_app.models.audit import Who
from assistants_app.models.prepared import copied, insert, new_row
from assistants_app.services.authors import Author
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

GIVEN: dict[type, dict[str, Any]] = {
    Assistant: {"assistant_id": "a", "graph_id": "writer", "context": {"a": 1}, "config": {}, "metadata": {}},
    AssistantVersion: {"assistant_id": "a", "context": {}, "config": {}, "metadata": {}, "history_user_id": 3},
    AuditEntry: {"at": datetime(2026, 1, 2, tzinfo=UTC), "who": "Erin", "after": {"a": 1}},
}
WITHOUT_CONTEXT = {name: each for name, each in GIVEN[Assistant].items() if name != "context"}


@pytest.mark.parametrize("model", GIVEN)
def test_a_new_row_is_what_its_model_makes(model: Any) -> None:
    columns = {field.attname for field in model._meta.concrete_fields}
    given = {name: value for name, value in GIVEN[model].items() if name in columns}
    made, other = model(**given), new_row(model, **given)
    assert {name: getattr(other, name) for name in columns} == {name: getattr(made, name) for name in columns}
    assert other._state.adding
    assert other._state.db is None
    assert other._state.fields_cache == {}


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {**GIVEN[Assistant], "nmae": "x"},
        {**WITHOUT_CONTEXT, "nmae": "x"},
        WITHOUT_CONTEXT,
        {**GIVEN[Assistant], "owner": None},
    ],
)
def test_columns_that_are_none_or_missing_are_refused(columns: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="Assistant has not just these columns"):
        new_row(Assistant, **columns)


def test_two_rows_share_nothing() -> None:
    first, second = new_row(Assistant, **GIVEN[Assistant]), new_row(Assistant, **GIVEN[Assistant])
    first.name = "First"
    first._state.adding = False
    assert (second.name, second._state.adding) == ("", True)


def test_a_copy_leaves_the_row_as_it_is(olga: Person) -> None:
    row = make.assistant(person=olga)
    assert row.owner == olga
    new = copied(row, name="Other", context={"b": 2})
    assert (new.pk, new.name, new.context, new.owner) == (row.pk, "Other", {"b": 2}, olga)
    assert not new._state.adding
    new.owner = None
    new._state.adding = True
    assert (row.name, row.owner, row._state.adding) == ("Blog writer", olga, False)


def test_a_copy_asks_for_what_was_not_read() -> None:
    made = make.assistant()
    row = Assistant.objects.defer("context").get(pk=made.pk)
    new = copied(row, name="Other")
    assert new.get_deferred_fields() == {"context"}
    assert new.context == made.context


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 11, 27, 12, 0, 0, 5, tzinfo=UTC),
        datetime(2026, 11, 27, 12, tzinfo=UTC),
        datetime(2026, 11, 27, 12, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    ],
)
def test_a_time_is_stored_as_django_stores_it(at: datetime) -> None:
    told: dict[str, Any] = {"at": at, "who": "Erin", "who_kind": Who.PERSON, "before": None, "after": {"é": [1.0]}}
    ours, theirs = insert(AuditEntry(**told)), AuditEntry.objects.create(**told)
    with connection.cursor() as cursor:
        cursor.execute('SELECT at, who_kind, "before", "after" FROM assistants_app_auditentry ORDER BY id')
        rows = cursor.fetchall()
    assert rows[0] == rows[1]
    assert AuditEntry.objects.get(pk=ours.pk).at == AuditEntry.objects.get(pk=theirs.pk).at == at


def test_who_saves_is_their_person(erin: Person) -> None:
    version = AssistantVersion.objects.filter(id=make.assistant(person=erin).pk).get()
    assert (version.history_user, version.author) == (erin, Author.of(erin).label)
