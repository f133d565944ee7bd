"""Assistants through the API: created, read, found, deleted."""

import uuid
from typing import Any

import pytest
from langgraph_sdk import get_sync_client

from assistants_app.models import Assistant, Thread
from assistants_app.models.assistants import system_assistant_id
from assistants_app.services.site import prepare_site
from tests import make
from tests.api.asking import Api


def test_it_works(api_url: str, api_key: str) -> None:
    with get_sync_client(url=api_url, api_key=api_key) as client:
        made = client.assistants.create("writer", context={"model": "a"}, name="Blog writer", description="d")

        assert made == client.assistants.get(made["assistant_id"])
        assert made["config"] == {"configurable": {"model": "a"}}
        assert made["version"] == 1
        found = client.assistants.search(graph_id="writer", name="blog", limit=5)
        assert [one["assistant_id"] for one in found] == [made["assistant_id"]]
    assert Assistant.history.get(assistant_id=made["assistant_id"]).author == "API key tests"


def test_both_config_and_context_are_refused(api: Api) -> None:
    answer = api.post("/assistants", {"graph_id": "writer", "config": {"configurable": {"a": 1}}, "context": {"a": 2}})
    assert answer.status_code == 400
    assert "configurable and context" in answer.json()["detail"]


def test_an_id_that_exists_is_refused_or_told(api: Api) -> None:
    body = {"graph_id": "writer", "assistant_id": str(uuid.uuid4()), "name": "A"}
    made = api.ok("POST", "/assistants", body)

    assert api.post("/assistants", body | {"name": "B"}).status_code == 409
    assert api.ok("POST", "/assistants", body | {"name": "B", "if_exists": "do_nothing"}) == made


def test_without_a_name_it_is_untitled(api: Api) -> None:
    """An empty name too: the pages could not show it."""
    for body in ({}, {"name": ""}, {"name": "  "}):
        made = api.ok("POST", "/assistants", {"graph_id": "writer", **body})
        assert (made["name"], made["description"], made["config"]) == ("Untitled", None, {})


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"graph_id": "nope"}, 404),
        ({}, 422),
        ({"graph_id": "writer", "assistant_id": "no-uuid"}, 422),
        ({"graph_id": "writer", "if_exists": "replace"}, 422),
        ({"graph_id": "writer", "metadata": "x"}, 422),
        ({"graph_id": "writer", "config": None}, 422),
        ({"graph_id": "writer", "config": {"recursion_limit": "x"}}, 422),
        ({"graph_id": "writer", "config": {"tags": "t"}}, 422),
        ({"graph_id": "writer", "name": "x" * 201}, 422),
        ({"graph_id": "writer", "note": "x\u0000"}, 422),
    ],
)
def test_what_cannot_be_made_is_refused(body: dict[str, Any], status: int, api: Api) -> None:
    before = Assistant.objects.count()
    answer = api.post("/assistants", body)
    assert (answer.status_code, type(answer.json()["detail"])) == (status, str)
    assert Assistant.objects.count() == before


def test_options_of_runs_are_kept_apart_from_the_settings(api: Api) -> None:
    config = {"tags": ["t"], "recursion_limit": 7, "foo": 1}
    made = api.ok("POST", "/assistants", {"graph_id": "writer", "config": config, "context": {"model": "b"}})
    assert made["config"] == {**config, "configurable": {"model": "b"}}
    assert Assistant.objects.get(assistant_id=made["assistant_id"]).config == config


@pytest.fixture
def four(api: Api) -> list[str]:
    """Names of assistants, in the order of their making."""
    for name, graph_id, team in (("B", "writer", "x"), ("A", "slow", "x"), ("D", "writer", "y"), ("c", "writer", "x")):
        api.ok("POST", "/assistants", {"graph_id": graph_id, "name": name, "metadata": {"team": team, "t": 1}})
    return ["B", "A", "D", "c"]


MINE = {"metadata": {"t": 1}}


def test_search_sorts_selects_and_pages(four: list[str], api_url: str, api_key: str) -> None:
    with get_sync_client(url=api_url, api_key=api_key) as client:

        def names(**more: Any) -> list[str]:
            return [one["name"] for one in client.assistants.search(metadata={"t": 1}, **more)]

        assert names() == four[::-1]
        assert names(sort_by="created_at", sort_order="asc") == four
        assert sorted(names(sort_by="name", sort_order="asc", limit=2), key=str.lower) == ["A", "B"]
        assert names(graph_id="slow") == ["A"]
        assert client.assistants.search(metadata={"t": 1}, name="a", select=["name", "graph_id"]) == [
            {"name": "A", "graph_id": "slow"}
        ]
        first = client.assistants.search(metadata={"t": 1}, limit=3, response_format="object")
        assert (len(first["assistants"]), first["next"]) == (3, "3")
        rest = client.assistants.search(metadata={"t": 1}, limit=3, offset=3, response_format="object")
        assert (len(rest["assistants"]), rest["next"]) == (1, None)
        assert client.assistants.count(metadata={"t": 1, "team": "x"}) == 3
        assert client.assistants.count(metadata={"t": 1}, graph_id="writer", name="D") == 1
        assert client.assistants.count() == Assistant.objects.count()


def test_the_headers_of_a_page(four: list[str], api: Api) -> None:
    for body, total, following in (
        ({"limit": 3}, "4", "3"),
        ({"limit": 4}, "4", None),
        ({"limit": 1, "offset": 2}, "4", "3"),
        ({"offset": 9}, "4", None),
    ):
        headers = api.post("/assistants/search", MINE | body).headers
        assert (headers["X-Pagination-Total"], headers.get("X-Pagination-Next")) == (total, following)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"graph_id": "nope"}, 404),
        ({"sort_by": "bogus"}, 422),
        ({"sort_order": "down"}, 422),
        ({"select": ["bogus"]}, 422),
        ({"limit": 0}, 422),
        ({"limit": 1001}, 422),
        ({"offset": -1}, 422),
        ({"offset": 2**63}, 422),
    ],
)
def test_a_search_that_makes_no_sense(body: dict[str, Any], status: int, api: Api) -> None:
    assert api.post("/assistants/search", body).status_code == status
    if status == 404:
        assert api.post("/assistants/count", body).status_code == status


def test_assistants_of_a_graph_that_is_gone_are_found(api: Api) -> None:
    make.assistant(graph_id="uninstalled", name="Old")
    assert [one["name"] for one in api.ok("POST", "/assistants/search", {"graph_id": "uninstalled"})] == ["Old"]
    assert api.ok("POST", "/assistants/count", {"graph_id": "uninstalled"}) == 1


def test_deleting_leaves_the_threads(api_url: str, api_key: str, api: Api) -> None:
    with get_sync_client(url=api_url, api_key=api_key) as client:
        made, other = (client.assistants.create("writer") for _one in range(2))
        kept = make.thread(Assistant.objects.get(assistant_id=made["assistant_id"]))
        gone = make.thread(Assistant.objects.get(assistant_id=other["assistant_id"]))
        client.assistants.delete(made["assistant_id"])
        client.assistants.delete(other["assistant_id"], delete_threads=True)

    assert api.get(f"/assistants/{made['assistant_id']}").status_code == 404
    assert api.delete(f"/assistants/{made['assistant_id']}").status_code == 404
    assert api.delete("/assistants/nouuid").status_code == 422
    assert Thread.objects.filter(pk=kept.pk).exists()
    assert not Thread.objects.filter(pk=gone.pk).exists()
    deleted = Assistant.history.filter(assistant_id=made["assistant_id"], history_type="-").get()
    assert deleted.author == "API key tests"


def test_the_assistant_of_a_graphs_defaults_is_kept(api: Api) -> None:
    answer = api.delete(f"/assistants/{system_assistant_id('writer')}")
    assert answer.status_code == 409
    assert "cannot be deleted" in answer.json()["detail"]


def test_the_assistant_of_a_graphs_defaults_keeps_what_was_saved(api: Api) -> None:
    path = f"/assistants/{system_assistant_id('writer')}"
    assert api.ok("GET", path)["metadata"] == {"created_by": "system"}
    saved = api.ok("PATCH", path, {"context": {"model": "b"}})

    prepare_site()  # what a restart does
    assert api.ok("GET", path) == saved
