"""The operations of the LangGraph Server API: none is missing."""

import json
from pathlib import Path

import pytest

from assistants_app.api.description.openapi import document
from assistants_app.api.urls import OPERATIONS

SERVER_API = """
/assistants  POST
/assistants/search  POST
/assistants/count  POST
/assistants/{assistant_id}  GET DELETE PATCH
/assistants/{assistant_id}/graph  GET
/assistants/{assistant_id}/subgraphs  GET
/assistants/{assistant_id}/subgraphs/{namespace}  GET
/assistants/{assistant_id}/schemas  GET
/assistants/{assistant_id}/versions  POST
/assistants/{assistant_id}/latest  POST
/threads  POST
/threads/search  POST
/threads/count  POST
/threads/prune  POST
/threads/{thread_id}/storage  GET
/threads/{thread_id}/state  GET POST
/threads/{thread_id}/state/{checkpoint_id}  GET
/threads/{thread_id}/state/checkpoint  POST
/threads/{thread_id}/history  GET POST
/threads/{thread_id}/copy  POST
/threads/{thread_id}  GET DELETE PATCH
/threads/{thread_id}/stream  GET
/threads/{thread_id}/stream/events  POST
/threads/{thread_id}/runs  GET POST
/threads/{thread_id}/runs/crons  POST
/threads/{thread_id}/runs/stream  POST
/threads/{thread_id}/runs/wait  POST
/threads/{thread_id}/runs/{run_id}  GET DELETE
/threads/{thread_id}/runs/{run_id}/join  GET
/threads/{thread_id}/runs/{run_id}/stream  GET
/threads/{thread_id}/runs/{run_id}/cancel  POST
/runs/crons  POST
/runs/crons/search  POST
/runs/crons/count  POST
/runs/stream  POST
/runs/cancel  POST
/runs/wait  POST
/runs  POST
/runs/batch  POST
/runs/crons/{cron_id}  GET PATCH DELETE
/store/items  PUT DELETE GET
/store/items/search  POST
/store/namespaces  POST
/a2a/{assistant_id}  POST
/mcp/  POST GET DELETE
/info  GET
/metrics  GET
/docs  GET
/ok  GET
/threads/{thread_id}/commands  POST
"""
"""Address and methods, as the official server describes them (langgraph-api 0.16.7)."""

DESCRIBED = Path(__file__).parents[3] / "shared" / "server_api" / "operations.json"
"""That server's own list, where it lies beside this project."""


def listed() -> list[tuple[str, str]]:
    lines = (line.split() for line in SERVER_API.strip().splitlines())
    return [(method, path) for path, *methods in lines for method in methods]


def test_it_works() -> None:
    assert len(listed()) == len(set(listed())) == 64


@pytest.mark.parametrize(("method", "path"), listed(), ids=lambda value: value)
def test_it_is_answered_and_described(method: str, path: str) -> None:
    assert (method, path) in OPERATIONS
    assert method.lower() in document()["paths"][path.removesuffix("/")]


@pytest.mark.skipif(not DESCRIBED.exists(), reason="the server's own list is not here")
def test_the_list_is_whole() -> None:
    told = json.loads(DESCRIBED.read_text())["operations"]
    assert {(one["method"], one["path"]) for one in told} == set(listed())
