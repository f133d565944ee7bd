"""A graph that changed under its assistants, as the pages tell it."""

import copy
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assistants_app.graphs.catalog import catalog
from assistants_app.models import Assistant
from assistants_app.models.fields import NO_DIGEST, digest_of
from assistants_app.web.drift import DIGEST
from tests import make
from tests.web.queries import queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def older() -> dict[str, Any]:
    """The schema that the graph had before: one setting more."""
    schema = copy.deepcopy(catalog().get("writer").settings_schema or {})
    schema.setdefault("properties", {})["mood"] = {"type": "string", "title": "Mood"}
    return schema


def _saved(older: dict[str, Any], name: str = "Old one", **settings: Any) -> Assistant:
    return make.assistant(name=name, settings={"mood": "dry", **settings}, settings_schema=older)


def test_it_works(operator_client: Client, older: dict[str, Any]) -> None:
    old = _saved(older)
    make.assistant(name="New one", settings={}, settings_schema=catalog().get("writer").settings_schema)
    (found,) = operator_client.get("/dashboard/").context["drift"]
    assert (found.graph_id, found.assistants, found.failing, found.otherwise) == ("writer", 1, 0, 1)
    for page in (
        "/dashboard/",
        "/graphs/writer/",
        f"/assistants/{old.assistant_id}/",
        f"/assistants/{old.assistant_id}/edit/",
    ):
        text = operator_client.get(page).text
        assert "The graph does not know it any more." in text, page
        assert "runs do without it" in text, page
    graph = operator_client.get("/graphs/writer/")
    assert [(one.assistant, one.versions) for one in graph.context["touched"]] == [(old, "v1")]
    assert graph.context["touched_count"] == 1


def test_nothing_changed(operator_client: Client) -> None:
    schema = catalog().get("writer").settings_schema
    make.assistant(settings={}, settings_schema=schema)
    again = dict(reversed(list((schema or {}).items())))
    make.assistant(settings={}, settings_schema=again)  # the same in another order
    assert operator_client.get("/dashboard/").context["drift"] == []
    assert 'id="drift"' not in operator_client.get("/graphs/writer/").text


def test_what_is_remembered_follows_a_save(operator_client: Client, older: dict[str, Any]) -> None:
    old = _saved(older)
    assert operator_client.get("/dashboard/").context["drift"]
    make.version(old, settings={}, settings_schema=catalog().get("writer").settings_schema)
    assert operator_client.get("/dashboard/").context["drift"] == []


def test_as_many_queries_for_twenty(operator_client: Client, older: dict[str, Any]) -> None:
    _saved(older)
    before = queries_of(operator_client, "/graphs/writer/")
    for number in range(20):
        _saved(older, name=f"Old {number}")
    assert queries_of(operator_client, "/graphs/writer/") == before


def test_those_that_an_older_process_saved_count_too(operator_client: Client, older: dict[str, Any]) -> None:
    old, other = _saved(older), _saved(older, name="Another")
    Assistant.objects.filter(pk=old.pk).update(schema_digest="")
    graph = operator_client.get("/graphs/writer/")
    assert graph.context["touched_count"] == 2
    assert {one.assistant for one in graph.context["touched"]} == {old, other}
    assert [one.assistants for one in operator_client.get("/dashboard/").context["drift"]] == [2]


def test_a_schema_that_an_older_process_wrote_over_another_one(operator_client: Client, older: dict[str, Any]) -> None:
    """It knows of no digest: what it leaves would count this one among those that it was like before."""
    now = catalog().get("writer").settings_schema
    stays, turned = _saved(older), _saved(older, name="Turned")
    Assistant.objects.filter(pk=turned.pk).update(settings_schema=now, name="As an older process saves")
    assert Assistant.objects.get(pk=turned.pk).schema_digest == ""
    assert [one.assistant for one in operator_client.get("/graphs/writer/").context["touched"]] == [stays]
    Assistant.objects.filter(pk=stays.pk).update(settings_schema=older)
    assert Assistant.objects.get(pk=stays.pk).schema_digest == digest_of(older), "the same"


def test_a_migration_fills_what_is_missing_or_stale(older: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A few at a time; who comes second finds nothing to do."""
    migration = import_module("assistants_app.migrations.0031_schema_digests_filled")
    monkeypatch.setattr(migration, "BATCH", 2)
    for number in range(5):
        _saved(older, name=f"Old {number}")
    bare = make.assistant(graph_id="bare", settings_schema=None)
    Assistant.objects.filter(name="Old 1").update(schema_digest="")
    Assistant.objects.filter(name="Old 4").update(schema_digest="0" * 32)
    editor = SimpleNamespace(connection=connection)
    migration.fill(apps, editor)
    kept = Assistant.objects.filter(name__startswith="Old").values_list("schema_digest", flat=True)
    assert set(kept) == {digest_of(older)}
    assert Assistant.objects.get(pk=bare.pk).schema_digest == NO_DIGEST
    with CaptureQueriesContext(connection) as captured:
        migration.fill(apps, editor)
    assert 4 < len(captured) < 12


def test_the_digest_follows_every_save(older: dict[str, Any]) -> None:
    """As the database itself would make it of what it keeps."""
    now = catalog().get("writer").settings_schema
    one = _saved(older)
    make.version(one, settings={}, settings_schema=now)
    many = [Assistant(graph_id="writer", name="Many", settings_schema=schema) for schema in (older, None)]
    Assistant.objects.bulk_create(many)
    light = Assistant.objects.defer("settings_schema").get(pk=one.pk)
    light.description = "Saved without a look at the schema."
    light.save()
    kept = Assistant.objects.annotate(digest=DIGEST).values_list("schema_digest", "digest", "name")
    assert [(name, saved, made) for saved, made, name in kept if saved != (made or NO_DIGEST)] == []
    assert len({saved for saved, _made, _name in kept}) >= 3
