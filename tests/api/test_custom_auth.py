"""A site's own authentication: the handlers of a `langgraph_sdk.Auth` object decide who calls, and what they see."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient
from langgraph_sdk.errors import ConflictError, NotFoundError, PermissionDeniedError

from assistants_app.models import Assistant, Role
from assistants_app.services.keys import create_key
from tests.api.own_site import own_site

pytestmark = pytest.mark.django_db(transaction=True)

OWN = """
from langgraph_sdk import Auth

auth = Auth()

@auth.authenticate
async def authenticate(authorization: str | None, headers: dict, path: str, method: str, query_params: dict):
    scheme, _, name = (authorization or "").partition(" ")
    if scheme != "Name" or name not in ("alice", "bob", "carol"):
        raise Auth.exceptions.HTTPException(status_code=401, detail="bad key", headers={"X-Why": "unknown"})
    return {"identity": name, "permissions": ["read"], "display_name": name.title(), "team": "red"}

@auth.on
async def owned(ctx, value):
    value.setdefault("metadata", {})["owner"] = ctx.user.identity
    return {"owner": ctx.user["identity"]}

@auth.on.assistants.read
async def read(ctx, value):
    return {"owner": {"$eq": ctx.user.identity}}

@auth.on.assistants.delete
async def delete(ctx, value):
    return ctx.user.identity != "bob"

@auth.on.crons
async def crons(ctx, value):
    assert "crons" in ctx.permissions, "no crons for you"

@auth.on.store
async def store(ctx, value):
    raise Auth.exceptions.HTTPException(status_code=418, detail="no store")
"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with own_site(tmp_path, OWN, auth={"path": "./own.py:auth"}) as url:
        yield url


Clients = Callable[[str], SyncLangGraphClient]


@pytest.fixture
def client(url: str) -> Iterator[Clients]:
    """`client("alice")` calls as Alice."""
    with ExitStack() as stack:

        def made(name: str) -> SyncLangGraphClient:
            headers = {"Authorization": f"Name {name}"}
            return stack.enter_context(get_sync_client(url=url, api_key=None, headers=headers))

        yield made


def test_it_works(client: Clients) -> None:
    """As the reference answers: what is another's is not there."""
    alice, bob = client("alice"), client("bob")
    made = alice.assistants.create("agent", name="alice's")
    assert made["metadata"] == {"owner": "alice"}
    assert Assistant.history.get(assistant_id=made["assistant_id"], number=1).author == "Alice (API)"
    assert alice.assistants.get(made["assistant_id"]) == made

    with pytest.raises(NotFoundError):
        bob.assistants.get(made["assistant_id"])
    with pytest.raises(NotFoundError):
        bob.assistants.update(made["assistant_id"], name="stolen")
    with pytest.raises(NotFoundError):
        bob.assistants.set_latest(made["assistant_id"], 1)
    with pytest.raises(NotFoundError):
        bob.assistants.get_versions(made["assistant_id"])
    with pytest.raises(httpx.HTTPStatusError, match="Thread or assistant not found"):
        bob.runs.wait(None, made["assistant_id"], input={})
    with pytest.raises(ConflictError):
        bob.assistants.create("agent", assistant_id=made["assistant_id"], if_exists="do_nothing")
    assert bob.assistants.search() == []
    assert bob.assistants.count() == 0
    assert [one["name"] for one in alice.assistants.search()] == ["alice's"]
    assert Assistant.objects.get(assistant_id=made["assistant_id"]).name == "alice's"


def test_the_graph_is_told_who_called(client: Clients) -> None:
    alice = client("alice")
    made = alice.assistants.create("agent")
    end: Any = alice.runs.wait(None, made["assistant_id"], input={})
    assert end["told"] == {"user": "alice", "id": "alice"}


def test_who_is_nobody_is_told_what_the_handler_says(url: str) -> None:
    _key, secret = create_key(name="a key of ours", role=Role.OPERATOR, created_by=None)
    for headers in ({}, {"Authorization": "Name mallory"}, {"X-Api-Key": secret}):
        answer = httpx.post(url + "/assistants/search", json={}, headers=headers)
        assert (answer.status_code, answer.json()) == (401, {"detail": "bad key"})
        assert answer.headers["X-Why"] == "unknown"
    for path in ("/ok", "/info"):
        assert httpx.get(url + path).status_code == 200


def test_the_most_specific_handler_decides(url: str, client: Clients) -> None:
    bob = client("bob")
    made = bob.assistants.create("agent")
    with pytest.raises(PermissionDeniedError, match="Forbidden"):
        bob.assistants.delete(made["assistant_id"])
    assert bob.assistants.get(made["assistant_id"]) == made
    headers = {"Authorization": "Name bob"}
    crons = httpx.post(url + "/runs/crons/search", json={}, headers=headers)
    assert (crons.status_code, crons.json()) == (403, {"detail": "no crons for you"})
    store = httpx.post(url + "/store/items/search", json={"namespace_prefix": []}, headers=headers)
    assert (store.status_code, store.json()) == (418, {"detail": "no store"})


def test_threads_have_their_owners(client: Clients) -> None:
    alice, bob = client("alice"), client("bob")
    thread = alice.threads.create(metadata={"topic": "x"})
    assert thread["metadata"] == {"topic": "x", "owner": "alice"}
    with pytest.raises(NotFoundError):
        bob.threads.get(thread["thread_id"])
    assert bob.threads.search() == []
    assert [one["thread_id"] for one in alice.threads.search()] == [thread["thread_id"]]
    with pytest.raises(NotFoundError):
        bob.threads.delete(thread["thread_id"])


EVERYTHING = """
from langgraph_sdk import Auth

auth = Auth()

class Person:
    identity = "p"
    display_name = "P\\n with \\x00"
    is_authenticated = True
    permissions = ["a"]

@auth.authenticate
def authenticate(request, body, path, method, path_params, query_params, headers, authorization, extra=1):
    assert authorization == "Bearer x"
    assert headers[b"x-own"] == b"1" and headers.get("X-Own") == b"1" and "nope" not in headers
    assert request.headers["x-own"] == "1" and request.path_params == path_params
    if path == "/assistants/search":
        assert body == {"limit": 3} and method == "POST" and query_params == {"q": "1"} and path_params == {}
    else:
        assert path_params == {"assistant_id": path.rpartition("/")[2]}
    return Person()
"""


def test_a_handler_may_ask_for_everything(tmp_path: Path) -> None:
    with own_site(tmp_path, EVERYTHING, auth={"path": "./own.py:auth"}) as url:
        headers = {"Authorization": "Bearer x", "X-Own": "1"}
        assert httpx.post(url + "/assistants/search?q=1", json={"limit": 3}, headers=headers).status_code == 200
        none = "00000000-0000-0000-0000-000000000000"
        assert httpx.get(url + f"/assistants/{none}", headers=headers).status_code == 404
        made = httpx.post(url + "/assistants", json={"graph_id": "agent"}, headers=headers)
        assert made.status_code == 401  # an assert of the handler's failed: its path has no third part


REFUSED = {
    "no Auth object": "auth = 7",
    "no such name": "other = 7",
    "no handler": "from langgraph_sdk import Auth\nauth = Auth()",
    "an error": "raise RuntimeError('broken')",
    "a parameter that nobody knows": (
        "from langgraph_sdk import Auth\nauth = Auth()\n@auth.authenticate\nasync def a(moon): return 'x'\n"
    ),
}


@pytest.mark.parametrize("code", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_loaded_lets_nobody_in(code: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with own_site(tmp_path, code, auth={"path": "./own.py:auth"}) as url:
        _key, secret = create_key(name="a key of ours", role=Role.OPERATOR, created_by=None)
        answer = httpx.post(url + "/assistants/search", json={}, headers={"X-Api-Key": secret})
    assert answer.status_code == 503
    assert "authentication cannot be loaded" in answer.json()["detail"]
    assert "langgraph.json: " in caplog.text


def test_a_file_that_cannot_be_read_lets_nobody_in(tmp_path: Path) -> None:
    with own_site(tmp_path, auth={"path": "./gone.py:auth"}) as url:
        _key, secret = create_key(name="a key of ours", role=Role.OPERATOR, created_by=None)
        assert httpx.post(url + "/assistants/search", json={}, headers={"X-Api-Key": secret}).status_code == 503


BAD_ANSWERS = {
    "no identity": ("{'permissions': []}", "True", 500),
    "not authenticated": ("{'identity': 'a', 'is_authenticated': False}", "True", 401),
    "a text": ("'a'", "None", 200),
    "an odd filter": ("'a'", "{'owner': {'$gt': 1}}", 500),
    "an empty filter": ("'a'", "{}", 200),
    "no filter at all": ("'a'", "7", 500),
    "a list that holds it": ("'a'", "{'members': {'$contains': 'a'}}", 200),
}


@pytest.mark.parametrize(("user", "rule", "status"), BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
def test_what_handlers_may_return(user: str, rule: str, status: int, tmp_path: Path) -> None:
    """What makes no sense lets nobody in."""
    code = f"""
    from langgraph_sdk import Auth
    auth = Auth()
    @auth.authenticate
    async def authenticate():
        return {user}
    @auth.on
    async def rule(ctx, value):
        return {rule}
    """
    with own_site(tmp_path, code, auth={"path": "./own.py:auth"}) as url:
        answer = httpx.post(url + "/assistants/search", json={})
    assert answer.status_code == status


def test_headers_for_graphs(tmp_path: Path) -> None:
    rules = {"includes": ["x-tenant", "x-own-*"], "excludes": ["x-own-secret"]}
    with own_site(tmp_path, OWN, auth={"path": "./own.py:auth"}, http={"configurable_headers": rules}) as url:
        headers = {"Authorization": "Name alice", "X-Tenant": "t", "X-Own-A": "a", "X-Own-Secret": "s", "X-Other": "o"}
        with get_sync_client(url=url, api_key=None, headers=headers) as alice:
            end: Any = alice.runs.wait(None, alice.assistants.create("agent")["assistant_id"], input={})
    assert end["told"] == {"x-tenant": "t", "x-own-a": "a", "user": "alice", "id": "alice"}


def test_metadata_that_a_handler_replaces(tmp_path: Path) -> None:
    code = """
    from langgraph_sdk import Auth
    auth = Auth()
    @auth.authenticate
    async def authenticate():
        return "alice"
    @auth.on
    async def stamp(ctx, value):
        value["metadata"] = {**(value.get("metadata") or {}), "owner": ctx.user.identity}
    """
    with own_site(tmp_path, code, auth={"path": "./own.py:auth"}) as url:
        thread = httpx.post(url + "/threads", json={"metadata": {"topic": "x"}}).json()
        made = httpx.post(url + "/assistants", json={"graph_id": "agent", "metadata": {"topic": "x"}}).json()
        patched = httpx.patch(url + f"/assistants/{made['assistant_id']}", json={"name": "B"}).json()
    assert thread["metadata"] == made["metadata"] == patched["metadata"] == {"topic": "x", "owner": "alice"}
