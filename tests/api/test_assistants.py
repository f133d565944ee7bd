"""Assistants through the API: created, read, found."""

import uuid

from langgraph_sdk import get_sync_client

from assistants_app.models import Assistant
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
