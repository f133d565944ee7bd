"""The graph behind an assistant, as programs draw it and read its schemas."""

import uuid
from typing import Any

import pytest
from langgraph_sdk import get_sync_client

from assistants_app.models.assistants import system_assistant_id
from tests import make
from tests.api.asking import Api

GENERATIONS = f"/assistants/{system_assistant_id('generations')}"


def test_it_works(api_url: str, api_key: str) -> None:
    with get_sync_client(url=api_url, api_key=api_key) as client:
        generations = str(system_assistant_id("generations"))
        drawn: Any = client.assistants.get_graph(generations)
        assert drawn["nodes"] == [
            {"id": "__start__", "type": "runnable", "data": {"name": "__start__"}},
            {"id": "child", "type": "runnable", "data": {"name": "child"}},
            {"id": "__end__"},
        ]
        assert drawn["edges"] == [
            {"source": "__start__", "target": "child"},
            {"source": "child", "target": "__end__"},
        ]
        schemas: Any = client.assistants.get_schemas(generations)
        assert schemas["graph_id"] == "generations"
        assert schemas["context_schema"]["properties"]["depth"]["maximum"] == 3
        assert schemas["config_schema"] == schemas["context_schema"]
        for name in ("input_schema", "output_schema", "state_schema"):
            assert list(schemas[name]["properties"]) == ["words"], name
        subgraphs: Any = client.assistants.get_subgraphs(generations)
        assert list(subgraphs) == ["child"]
        assert "required" not in subgraphs["child"]["state_schema"]


@pytest.mark.parametrize(
    ("xray", "nodes"),
    [
        ("false", {"child"}),
        ("1", {"child:grandchild", "child:after"}),
        ("true", {"child:grandchild:say", "child:after"}),
    ],
)
def test_how_deep_it_is_drawn(xray: str, nodes: set[str], api: Api) -> None:
    drawn = api.ok("GET", f"{GENERATIONS}/graph?xray={xray}")
    assert {node["id"] for node in drawn["nodes"]} - {"__start__", "__end__"} == nodes


@pytest.mark.parametrize("xray", ["0", "-1", "abc", "1.5", "999999999999"])
def test_no_such_depth(xray: str, api: Api) -> None:
    assert api.get(f"{GENERATIONS}/graph?xray={xray}").status_code == 422


@pytest.mark.parametrize(
    ("rest", "names"),
    [
        ("", ["child"]),
        ("?recurse=true", ["child", "child|grandchild"]),
        ("/child", ["child"]),
        ("/child%7Cgrandchild?recurse=true", ["child|grandchild"]),
        ("/zzz", []),
    ],
)
def test_subgraphs(rest: str, names: list[str], api: Api) -> None:
    assert list(api.ok("GET", f"{GENERATIONS}/subgraphs{rest}")) == names


def test_a_graph_without_settings(api: Api) -> None:
    schemas = api.ok("GET", f"/assistants/{system_assistant_id('bare')}/schemas")
    assert (schemas["context_schema"], schemas["config_schema"]) == (None, {})


@pytest.mark.parametrize("what", ["graph", "schemas", "subgraphs", "subgraphs/child"])
def test_what_is_not_there(what: str, api: Api) -> None:
    assert api.get(f"/assistants/{uuid.uuid4()}/{what}").status_code == 404
    assert api.get(f"/assistants/generations/{what}").status_code == (200 if what == "graph" else 422)
    gone = make.assistant(graph_id="uninstalled")
    assert api.get(f"/assistants/{gone.assistant_id}/{what}").status_code == 404


def test_a_graph_that_did_not_load(api: Api) -> None:
    broken = f"/assistants/{system_assistant_id('broken')}"
    for what in ("graph", "subgraphs"):
        answer = api.get(f"{broken}/{what}")
        assert answer.status_code == 409
        assert "no_such_file.py" in answer.json()["detail"]
    assert api.ok("GET", f"{broken}/schemas")["input_schema"] is None
