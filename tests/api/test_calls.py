"""What every operation does alike: authentication, bodies, errors in one shape."""

import httpx
import pytest

from assistants_app.models import Role
from assistants_app.services.keys import create_key
from tests.api.asking import Api

BAD_BODIES = {
    "no JSON": b"{not json",
    "nothing": b"",
    "no object": b"[]",
    "NaN": b'{"graph_id": "writer", "context": {"x": NaN}}',
    "a number too large": b'{"graph_id": "writer", "context": {"x": 1e999}}',
    "a lone surrogate": b'{"graph_id": "writer", "name": "\\ud800"}',
    "NUL": b'{"graph_id": "writer", "name": "a\\u0000b"}',
    "no UTF-8": b'{"graph_id": "writer", "name": "\xff"}',
    "too deep": b'{"graph_id": "writer", "context": {"x": ' + b"[" * 5000 + b"]" * 5000 + b"}}",
    "a wrong type": b'{"graph_id": "writer", "name": 5}',
    "a key twice": b'{"graph_id": "writer", "graph_id": "writer"}',
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_bad_body_is_refused_in_one_shape(body: bytes, api: Api) -> None:
    answer = api.http.post(api.url + "/assistants", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)


def test_a_body_that_says_it_is_something_else_is_refused(api: Api) -> None:
    answer = api.http.post(api.url + "/assistants", content=b"{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


def test_a_body_over_the_limit_is_refused(api: Api) -> None:
    answer = api.post("/assistants", {"graph_id": "writer", "name": "x" * 9_000_000})
    assert (answer.status_code, answer.json()) == (413, {"detail": "The request body is too large."})


def test_unknown_addresses_and_methods(api: Api) -> None:
    assert (api.get("/nope").status_code, api.get("/nope").json()) == (404, {"detail": "Not Found"})
    wrong = api.delete("/assistants/search")
    assert wrong.status_code == 405
    assert "POST" in wrong.headers["Allow"]


@pytest.mark.parametrize("key", ["", "as_wrong", "ü"])
def test_without_a_valid_key_nobody_gets_in(key: str, api_url: str) -> None:
    headers = {"X-Api-Key": key.encode()} if key else {}
    answer = httpx.post(api_url + "/assistants/search", json={}, headers=headers)
    assert answer.status_code == 401
    assert "key" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("address", "status"), [("/info", 200), ("/assistants/nobody", 422), ("/store/namespaces", 405), ("/nowhere", 404)]
)
def test_answers_are_kept_by_nobody_and_are_what_they_say(address: str, status: int, api: Api) -> None:
    answer = api.get(address)
    kept = (answer.headers.get("Cache-Control"), answer.headers.get("X-Content-Type-Options"))
    assert (answer.status_code, kept) == (status, ("no-store", "nosniff"))


def test_a_role_binds(api: Api) -> None:
    _key, secret = create_key(name="looks", role=Role.VIEWER, created_by=None)
    answer = httpx.post(api.url + "/assistants", json={"graph_id": "writer"}, headers={"X-Api-Key": secret})
    assert answer.status_code == 403
    assert "editor" in answer.json()["detail"]


def test_the_site_says_that_it_serves_without_a_key(api_url: str) -> None:
    assert httpx.get(api_url + "/ok").json() == {"ok": True, "services": {}}
