"""The OpenAPI document: complete, valid, and true to what the operations take."""

import json
import re

import httpx
from jsonschema import Draft202012Validator

from assistants_app.api.description.headers import HEADERS
from assistants_app.api.description.openapi import document
from assistants_app.api.description.own_fields import MARK
from assistants_app.api.operations import OPERATIONS
from assistants_app.api.urls import urlpatterns
from tests.api.asking import Api


def test_it_works(api_url: str) -> None:
    told = httpx.get(api_url + "/openapi.json").json()
    assert told["servers"] == [{"url": "/api"}]
    assert {(method.upper(), path) for path, one in told["paths"].items() for method in one} == {
        key for key, one in OPERATIONS.items() if not one.hidden
    }


def test_every_schema_is_one_and_is_there() -> None:
    schemas = document()["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    used = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document())))
    assert used == set(schemas)


def test_every_file_of_operations_is_loaded() -> None:
    assert len(urlpatterns) > 20


def test_names_are_unique() -> None:
    names = [one.name for one in OPERATIONS.values() if not one.hidden]
    assert len(names) == len(set(names))


def test_every_error_has_one_shape() -> None:
    for path, methods in document()["paths"].items():
        for method, one in methods.items():
            if OPERATIONS[method.upper(), path].refusal is not None:  # a protocol has a shape of its own beside it
                continue
            errors = {status: answer for status, answer in one["responses"].items() if status >= "400"}
            assert "500" in errors
            for status, answer in errors.items():
                if "content" in answer:
                    schema = answer["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/Error"}, (method, path, status)
    assert document()["components"]["schemas"]["Error"]["required"] == ["detail"]


def test_what_needs_a_key_says_so() -> None:
    paths = document()["paths"]
    assert paths["/ok"]["get"]["security"] == []
    assert paths["/assistants"]["post"]["security"] == [{"ApiKey": []}, {"Bearer": []}]
    assert "401" in paths["/assistants"]["post"]["responses"]
    assert "401" not in paths["/ok"]["get"]["responses"]


def test_fields_of_our_own_are_marked() -> None:
    note = document()["components"]["schemas"]["AssistantCreate"]["properties"]["note"]
    assert note[MARK] is True
    assert note["description"]


def test_the_headers_that_clients_read_are_described(api: Api) -> None:
    """Each that is sent where it is told of, and each that is told of somewhere sent."""
    thread = api.ok("POST", "/threads", {})["thread_id"]
    run = {"assistant_id": "adder", "input": {"left": 1}}
    on_thread = f"/threads/{thread}/runs"
    made = api.post(on_thread, run).json()
    one = f"{on_thread}/{made['run_id']}"
    answers = {
        ("post", "/assistants/search"): api.post("/assistants/search", {"limit": 1}),
        ("post", "/threads/search"): api.post("/threads/search", {"limit": 1}),
        ("post", "/runs/crons/search"): api.post("/runs/crons/search"),
        ("patch", "/threads/{thread_id}"): api.patch(f"/threads/{thread}", headers={"Prefer": "return=minimal"}),
        ("post", "/threads/{thread_id}/runs"): api.post(on_thread, run),
        ("post", "/threads/{thread_id}/runs/stream"): api.post(on_thread + "/stream", run),
        ("post", "/threads/{thread_id}/runs/wait"): api.post(on_thread + "/wait", run),
        ("post", "/runs"): api.post("/runs", run),
        ("post", "/runs/stream"): api.post("/runs/stream", run),
        ("post", "/runs/wait"): api.post("/runs/wait", run),
        ("get", "/threads/{thread_id}/runs/{run_id}/join"): api.get(one + "/join"),
        ("get", "/threads/{thread_id}/runs/{run_id}/stream"): api.get(one + "/stream"),
        ("get", "/mcp"): api.get("/mcp"),
    }
    sent = set()
    for (method, path), answer in answers.items():
        told = document()["paths"][path][method]["responses"][str(OPERATIONS[method.upper(), path].status)]
        found = {name for name in HEADERS if name in answer.headers}
        assert found, (method, path)
        assert found <= set(told["headers"]), (method, path)
        sent |= found
    assert sent == set(HEADERS) - {"Retry-After", "Mcp-Session-Id"}
    assert "Retry-After" in document()["paths"]["/assistants/search"]["post"]["responses"]["429"]["headers"]
