"""`http` of a langgraph.json: pages of other sites, an application beside the API, parts of it left out."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import override_settings
from langgraph_sdk import get_sync_client

from assistants_app.api.access import front
from assistants_app.domain.errors import InvalidGraphsConfig
from assistants_app.graphs.sections.http import HttpSection
from assistants_app.graphs.sections.reading import read_section
from assistants_app.models import Role
from assistants_app.services.keys import create_key
from tests.api.own_site import own_site
from tests.running import connections_go_back_to, connections_taken

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "https://page.example"
ASKED = {
    "Origin": PAGE,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "x-api-key, content-type",
}


def search(url: str, **headers: str) -> httpx.Response:
    return httpx.post(url + "/assistants/search", json={"limit": 1}, headers=headers)


def key() -> str:
    return create_key(name="page", role=Role.VIEWER, created_by=None)[1]


def test_it_works(api_url: str, api_key: str) -> None:
    """A page of any site may call with a key, and reads what its client needs."""
    before = httpx.options(api_url + "/assistants/search", headers=ASKED)
    assert before.status_code == 200
    assert before.headers["Access-Control-Allow-Origin"] == "*"
    assert "x-api-key" in before.headers["Access-Control-Allow-Headers"]
    assert "PATCH" in before.headers["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Credentials" not in before.headers

    answer = search(api_url, **{"Origin": PAGE, "X-Api-Key": api_key})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    exposed = answer.headers["Access-Control-Expose-Headers"]
    for name in ("Content-Location", "Location", "X-Pagination-Total", "X-Pagination-Next"):
        assert name in exposed
    assert search(api_url, Origin=PAGE).headers["Access-Control-Allow-Origin"] == "*"  # refusals are read too
    assert "Access-Control-Allow-Origin" not in search(api_url, **{"X-Api-Key": api_key}).headers


def test_the_pages_of_the_site_are_no_api(api_url: str) -> None:
    site = api_url.removesuffix("/api")
    assert "Access-Control-Allow-Origin" not in httpx.get(site + "/sign-in/", headers={"Origin": PAGE}).headers


def test_pages_that_the_file_names(tmp_path: Path) -> None:
    cors: dict[str, Any] = {
        "allow_origins": [PAGE],
        "allow_origin_regex": r"https://.*\.mine\.example",
        "allow_methods": ["POST"],
        "allow_headers": ["x-api-key", "content-type"],
        "allow_credentials": True,
        "expose_headers": ["X-Own"],
        "max_age": 7,
    }
    with own_site(tmp_path, http={"cors": cors}) as url:
        before = httpx.options(url + "/assistants/search", headers=ASKED)
        assert before.status_code == 200
        assert before.headers["Access-Control-Allow-Origin"] == PAGE
        assert before.headers["Access-Control-Allow-Credentials"] == "true"
        assert before.headers["Access-Control-Max-Age"] == "7"
        assert before.headers["Access-Control-Allow-Methods"] == "POST"
        other = httpx.options(url + "/assistants/search", headers=ASKED | {"Origin": "https://a.mine.example"})
        assert other.headers["Access-Control-Allow-Origin"] == "https://a.mine.example"
        stranger = httpx.options(url + "/assistants/search", headers=ASKED | {"Origin": "https://evil.example"})
        assert stranger.status_code == 400
        assert "Access-Control-Allow-Origin" not in stranger.headers
        exposed = search(url, **{"Origin": PAGE, "X-Api-Key": key()}).headers["Access-Control-Expose-Headers"]
        assert "X-Own" in exposed
        assert "Location" in exposed


@override_settings(API_AUTH="none")
def test_without_keys_pages_of_this_machine_alone(tmp_path: Path) -> None:
    with own_site(tmp_path) as url:
        near = search(url, Origin="http://localhost:3000")
        assert near.status_code == 200
        assert near.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
        far = search(url, Origin="https://localhost.evil.example")
        assert far.status_code == 403
        assert "Access-Control-Allow-Origin" not in far.headers
        # No question is asked before a body without a type: the answer is what protects.
        sent = httpx.post(url + "/assistants", content=b'{"graph_id": "agent"}', headers={"Origin": PAGE})
        assert sent.status_code == 403
    (other := tmp_path / "other").mkdir()
    with own_site(other, http={"cors": {"allow_origins": [PAGE]}}) as url:
        assert search(url, Origin=PAGE).status_code == 200
        assert search(url, Origin="https://evil.example").status_code == 403


APP = """
from contextlib import asynccontextmanager
from pathlib import Path
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

told = Path(__file__).with_name("told.txt")

@asynccontextmanager
async def lifespan(app):
    told.write_text("started")
    yield {"warm": True}
    told.write_text("ended")

async def hello(request):
    assert request.state.warm
    return JSONResponse({"name": request.path_params["name"], "sent": (await request.body()).decode()})

app = Starlette(routes=[Route("/hello/{name}", hello, methods=["GET", "POST"])], lifespan=lifespan)

async def plain(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})

"""


def test_an_application_beside_the_api(tmp_path: Path) -> None:
    with own_site(tmp_path, APP, http={"app": "./own.py:app"}) as url:
        assert (tmp_path / "told.txt").read_text() == "started"
        answer = httpx.post(url + "/hello/ada", content=b"hi", headers={"Origin": PAGE})
        assert answer.json() == {"name": "ada", "sent": "hi"}
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert httpx.get(url + "/nowhere").status_code == 404
        assert search(url).status_code == 401  # the API's own addresses stay its own
        assert httpx.get(url + "/ok").json()["ok"] is True
        assert httpx.delete(url + "/assistants/search").status_code == 405
    assert (tmp_path / "told.txt").read_text() == "ended"


def test_one_that_knows_no_start(tmp_path: Path) -> None:
    with own_site(tmp_path, APP, http={"app": "./own.py:plain"}) as url:
        assert httpx.get(url + "/x/y").text == "/api/x/y"


def test_one_behind_the_keys(tmp_path: Path) -> None:
    with own_site(tmp_path, APP, http={"app": "./own.py:app", "enable_custom_route_auth": True}) as url:
        refused = httpx.get(url + "/hello/ada")
        assert (refused.status_code, "key" in refused.json()["detail"]) == (401, True)
        secret = key()
        before = min(connections_taken(), 1)  # this thread's own
        assert httpx.get(url + "/hello/ada", headers={"X-Api-Key": secret}).json()["name"] == "ada"
        assert connections_go_back_to(before)  # looking the key up left no connection behind


def test_one_that_cannot_be_loaded(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Its addresses say so; the API serves."""
    with own_site(tmp_path, APP, http={"app": "./own.py:nothing"}) as url:
        answer = httpx.get(url + "/hello/ada")
        assert answer.status_code == 503
        assert search(url, **{"X-Api-Key": key()}).status_code == 200
    assert 'There is no "nothing" in ' in caplog.text


@pytest.mark.parametrize(
    ("flag", "gone", "there"),
    [
        ("disable_assistants", "/assistants/search", "/threads/search"),
        ("disable_threads", "/threads/search", "/assistants/search"),
        ("disable_runs", "/runs/wait", "/threads/search"),
        ("disable_store", "/store/items/search", "/threads/search"),
        ("disable_mcp", "/mcp/", "/threads/search"),
        ("disable_meta", "/info", "/threads/search"),
    ],
)
def test_parts_that_are_left_out(flag: str, gone: str, there: str, tmp_path: Path) -> None:
    with own_site(tmp_path, http={flag: True}) as url:
        headers = {"X-Api-Key": key()}
        for method in ("GET", "POST"):
            answer = httpx.request(method, url + gone, json={}, headers=headers)
            assert answer.status_code in (404, 405), (method, answer.text)
        assert httpx.post(url + there, json={}, headers=headers).status_code == 200
        assert httpx.get(url + "/ok").status_code == 200
        if flag != "disable_meta":
            paths = httpx.get(url + "/openapi.json").json()["paths"]
            assert (gone.rstrip("/") in paths, there in paths, "/ok" in paths) == (False, True, True)


def test_the_api_is_at_another_address_too(tmp_path: Path) -> None:
    """As a site has it that moves here with its `mount_prefix`."""
    with own_site(tmp_path, http={"mount_prefix": "/my/api/"}) as url:
        site, headers = url.removesuffix("/api"), {"X-Api-Key": key()}
        for base in (url, site + "/my/api"):
            assert httpx.post(base + "/threads/search", json={}, headers=headers).json() == []
            with get_sync_client(url=base, api_key=headers["X-Api-Key"]) as client:
                assert client.runs.wait(None, "agent", input={})["told"]["user"] is None
        assert httpx.post(site + "/my/apis/threads/search", json={}, headers=headers).status_code in (302, 403, 404)


@pytest.mark.parametrize("prefix", ["my/api", "/", "/a b", "//x", "/../x?y"])
def test_a_prefix_that_is_no_path(prefix: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidGraphsConfig, match="mount_prefix: it must be a path"):
        read_section(HttpSection, "http", {"mount_prefix": prefix}, tmp_path)


def test_the_document_tells_of_the_sites_own_authentication(tmp_path: Path) -> None:
    code = "from langgraph_sdk import Auth\nauth = Auth()\n@auth.authenticate\nasync def who(): return 'a'\n"
    scheme = {"OAuth": {"type": "oauth2", "flows": {}}}
    security = {
        "securitySchemes": scheme,
        "security": [{"OAuth": ["me"]}],
        "paths": {"/threads/search": {"POST": [{"OAuth": ["all"]}]}},
    }
    with own_site(tmp_path, code, auth={"path": "./own.py:auth", "openapi": security}) as url:
        told = httpx.get(url + "/openapi.json").json()
    assert told["components"]["securitySchemes"] == scheme
    assert told["paths"]["/assistants/search"]["post"]["security"] == [{"OAuth": ["me"]}]
    assert told["paths"]["/threads/search"]["post"]["security"] == [{"OAuth": ["all"]}]
    assert told["paths"]["/ok"]["get"]["security"] == []


async def test_one_whose_start_fails_is_said() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "lifespan.startup"
        await send({"type": "lifespan.startup.failed", "message": "no cellar"})

    with pytest.raises(RuntimeError, match="did not start: no cellar"):
        async with front._lifespan(app, {}):
            pass
