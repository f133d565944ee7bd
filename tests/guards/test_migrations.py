"""Migrations that processes of the version before survive: see `assistants_app/migrations/__init__.py`."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.models.fields import NOT_PROVIDED
from django.utils import timezone

APP = "assistants_app"

FIRST = "0005"
"""The first that came after a site could be running."""

AGREED: dict[str, str] = {}
"""What would be refused, as the test names it, and why old processes survive it: "0012_x: removes a.b" -> "unused
since 0.3". """

REFUSED = {
    migrations.RemoveField: "removes {model_name}.{name}",
    migrations.RenameField: "renames {model_name}.{old_name}",
    migrations.DeleteModel: "removes {name}",
    migrations.RenameModel: "renames {old_name}",
    migrations.AlterModelTable: "renames the table of {name}",
    migrations.RunSQL: "runs SQL that no test can read",
    migrations.SeparateDatabaseAndState: "tells tables and models different things",
}
RULES = {
    migrations.AddConstraint: "adds a rule to {model_name}",
    migrations.AlterUniqueTogether: "adds a rule to {name}",
}
"""Fine for a table that is new."""


def faults(operation: Operation, before: ProjectState, after: ProjectState, new: set[str]) -> Iterator[str]:
    """What of an operation old processes would not survive; `new` are the tables of the same migration."""
    named = vars(operation)
    for kind, said in REFUSED.items():
        if isinstance(operation, kind):
            yield said.format_map(named)
    if str(named.get("model_name", named.get("name"))).lower() in new:
        return
    for kind, said in RULES.items():
        if isinstance(operation, kind):
            yield said.format_map(named)
    if isinstance(operation, migrations.AddField | migrations.AlterField):
        place = (APP, operation.model_name_lower)
        old = before.models[place].fields.get(operation.name)
        yield from _of_column(
            f"{operation.model_name}.{operation.name}", old, after.models[place].fields[operation.name]
        )


def _of_column(name: str, old: Any, new: Any) -> Iterator[str]:
    if new.many_to_many:
        return
    if not new.null and new.db_default is NOT_PROVIDED and (old is None or old.null):
        yield f"adds {name}, which may not be null and has no db_default"
    if new.unique and (old is None or not old.unique):
        yield f"adds a rule to {name}"
    if old is not None and (old.db_column, _type(old)) != (new.db_column, _type(new)) and not _wider(old, new):
        yield f"changes the type of {name}"


def _type(field: Any) -> str | None:
    return None if field.is_relation else field.db_type(connection)


def _wider(old: Any, new: Any) -> bool:
    texts = isinstance(old, models.CharField) and isinstance(new, models.CharField)
    return texts and old.db_column == new.db_column and (new.max_length or 0) >= (old.max_length or 0)


def found() -> dict[str, list[str]]:
    """By migration, what old processes would not survive."""
    loader = MigrationLoader(None)
    told = {}
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        if app != APP or name < FIRST:
            continue
        state = loader.project_state(migration.dependencies)
        new: set[str] = set()
        told[name] = []
        for operation in migration.operations:
            before = state.clone()
            operation.state_forwards(APP, state)
            if isinstance(operation, migrations.CreateModel):
                new.add(operation.name.lower())
            told[name] += faults(operation, before, state, new)
    return told


def test_old_processes_survive() -> None:
    told = found()

    assert "0006_workers" in told
    assert [
        f"{name}: {fault}" for name, said in told.items() for fault in said if f"{name}: {fault}" not in AGREED
    ] == []


def test_what_is_agreed_is_there() -> None:
    assert set(AGREED) <= {f"{name}: {fault}" for name, said in found().items() for fault in said}


def _state() -> ProjectState:
    state = ProjectState()
    fields: list[tuple[str, Any]] = [
        ("id", models.BigAutoField(primary_key=True)),
        ("a", models.CharField(max_length=10)),
        ("b", models.IntegerField(null=True)),
    ]
    state.add_model(ModelState(APP, "Thing", fields))
    return state


LIMIT = models.CheckConstraint(condition=models.Q(b__gt=0), name="positive")


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (migrations.RemoveField("thing", "a"), "removes thing.a"),
        (migrations.RenameField("thing", "a", "c"), "renames thing.a"),
        (migrations.DeleteModel("Thing"), "removes Thing"),
        (migrations.RenameModel("Thing", "Other"), "renames Thing"),
        (migrations.AlterModelTable("Thing", "other"), "renames the table of Thing"),
        (migrations.RunSQL("SELECT 1"), "runs SQL that no test can read"),
        (migrations.AddConstraint("thing", LIMIT), "adds a rule to thing"),
        (
            migrations.AddField("thing", "c", models.TextField(default="")),
            "adds thing.c, which may not be null and has no db_default",
        ),
        (
            migrations.AlterField("thing", "b", models.IntegerField(default=1)),
            "adds thing.b, which may not be null and has no db_default",
        ),
        (migrations.AlterField("thing", "a", models.CharField(max_length=9)), "changes the type of thing.a"),
        (migrations.AlterField("thing", "a", models.IntegerField()), "changes the type of thing.a"),
        (migrations.AlterField("thing", "b", models.IntegerField(null=True, unique=True)), "adds a rule to thing.b"),
        (migrations.AlterField("thing", "a", models.CharField(max_length=20)), None),
        (migrations.AddField("thing", "c", models.TextField(null=True)), None),
        (migrations.AddField("thing", "c", models.IntegerField(default=0, db_default=0)), None),
        (migrations.AddIndex("thing", models.Index(fields=["a"], name="a")), None),
        (migrations.CreateModel("Fresh", [("id", models.BigAutoField(primary_key=True))]), None),
    ],
)
def test_what_is_refused(operation: Operation, said: str | None) -> None:
    before, after = _state(), _state()
    operation.state_forwards(APP, after)

    assert list(faults(operation, before, after, set())) == ([said] if said else [])


def test_a_new_table_has_its_own_rules() -> None:
    after = _state()
    operation = migrations.AddConstraint("thing", LIMIT)

    assert list(faults(operation, _state(), after, {"thing"})) == []


@pytest.mark.django_db
def test_rows_as_old_processes_write_them() -> None:
    """The tables as they are now, written and read as the models were before the first of these migrations."""
    old = MigrationLoader(None).project_state((APP, "0004_unfinished_runs")).apps.get_model
    now = timezone.now()
    person = old(APP, "Person").objects.create(username="old")
    assistant = old(APP, "Assistant").objects.create(graph_id="writer", name="Old", owner=person)
    old(APP, "AssistantVersion").objects.create(
        id=assistant.pk, number=1, name="Old", graph_id="writer", history_date=now, history_type="+"
    )
    thread = old(APP, "Thread").objects.create(assistant=assistant, owner=person)
    run = old(APP, "Run").objects.create(thread=thread, assistant=assistant, number=1, graph_id="writer")
    old(APP, "Run").objects.filter(pk=run.pk).update(status="running", started_at=now)
    old(APP, "Rating").objects.create(run=run, person=person, value=1)
    old(APP, "Cron").objects.create(assistant=assistant, thread=thread, schedule="* * * * *")
    old(APP, "ApiKey").objects.create(name="Old", start="as_old", digest="0" * 64, created_by=person)
    old(APP, "ModelPrice").objects.create(model="old", input_price=1, output_price=2)

    for name in ("Person", "Assistant", "AssistantVersion", "Thread", "Run", "Rating", "Cron", "ApiKey", "ModelPrice"):
        assert old(APP, name).objects.get() is not None
        assert apps.get_model(APP, name).objects.get() is not None
