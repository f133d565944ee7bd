"""The shipped nginx.conf, run by the real nginx before a site that is really served, as the compose file sets it up."""

import html
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from tests.commands.nginx import Nginx, find_nginx, gone
from tests.commands.served import Served
from tests.databases import note_missing
from tests.spread.site import GRAPHS

pytestmark = pytest.mark.one_database

MISSING = "nginx: no executable was found; the shipped nginx.conf was not run"
VISITOR, FORGED = "127.0.0.2", "203.0.113.9"
"""Where the visitor of these tests really comes from (loopback has many addresses), and where it says it comes from."""
MB = 1024 * 1024


@dataclass(frozen=True)
class Fronted:
    site: Served
    nginx: Nginx
    visitor: httpx.Client
    """Signed in as the operator. Tells lies about where it comes from, and how."""
    key: str


@pytest.fixture(scope="module")
def nginx_program(request: pytest.FixtureRequest) -> str:
    if (found := find_nginx()) is None:
        note_missing(request.config, MISSING)
        pytest.skip(MISSING)
    return found


@pytest.fixture(scope="module")
def fronted(nginx_program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fronted]:
    settings = {"ASSISTANTS_CONFIG": GRAPHS, "FORWARDED_ALLOW_IPS": "*"}
    lies = {"X-Forwarded-For": FORGED, "X-Forwarded-Proto": "wss"}
    ways = httpx.HTTPTransport(local_address=VISITOR, verify=False)
    with (
        Served(folder=tmp_path_factory.mktemp("site"), **settings) as site,
        Nginx(nginx_program, tmp_path_factory.mktemp("nginx"), site.url) as nginx,
        httpx.Client(headers=lies, transport=ways, follow_redirects=True, timeout=60) as visitor,
    ):
        link = nginx.url + urlsplit(site.wait_for(r"Sign in +(http\S+)")).path
        assert post(visitor, link, link).status_code == 200
        made = post(visitor, f"{nginx.url}/keys/", f"{nginx.url}/keys/add/", name="A program", role="editor")
        yield Fronted(site, nginx, visitor, re.findall(r'value="(as_[^"]+)"', made.text)[0])


def post(client: httpx.Client, shown: str, to: str, **fields: str) -> httpx.Response:
    """A form of a page that is shown, sent off as browsers do."""
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get(shown).text)
    assert token
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(to))
    return client.post(to, data={"csrfmiddlewaretoken": token[1], **fields}, headers={"Origin": origin})


@pytest.fixture
async def program(fronted: Fronted) -> AsyncIterator[LangGraphClient]:
    async with get_client(url=f"{fronted.nginx.url}/api", api_key=fronted.key) as client:
        yield client


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_pages_know_their_address_and_the_visitors(fronted: Fronted, tls: bool) -> None:
    url, name = (fronted.nginx.tls_url if tls else fronted.nginx.url), f"A key of {tls}"
    made = post(fronted.visitor, f"{url}/keys/", f"{url}/keys/add/", name=name, role="viewer")
    told = fronted.visitor.get(f"{url}/audit/").text

    assert f'url="{url}/api"' in html.unescape(made.text)
    assert name in told
    assert VISITOR in told
    assert FORGED not in told


async def test_a_stream_is_not_held_back(program: LangGraphClient) -> None:
    thread = await program.threads.create()
    where = thread["thread_id"]
    told = program.runs.stream(where, "ticks", input={"count": 1, "seconds": 20}, stream_mode="custom")

    first = await anext(part async for part in told if part.event == "custom")
    running = await program.runs.list(where)

    assert first.data == {"tick": 0}
    assert [one["status"] for one in running] == ["running"]
    await program.runs.cancel(where, running[0]["run_id"], wait=True)


def test_how_large_a_body_may_be(fronted: Fronted) -> None:
    """Up to what nginx lets through, the site says itself that it is too much."""
    headers = {"x-api-key": fronted.key, "Content-Type": "application/json"}
    with httpx.Client(base_url=fronted.nginx.url, headers=headers, timeout=60) as client:
        site = client.post("/api/threads", content=bytes(60 * MB))
        nginx = client.post("/api/threads", content=bytes(65 * MB))

    assert (site.status_code, nginx.status_code) == (413, 413)
    assert site.json() == {"detail": "The request body is too large."}
    assert "<center>nginx" in nginx.text


def test_another_process_is_asked_where_one_is_gone(fronted: Fronted, nginx_program: str, tmp_path: Path) -> None:
    with gone() as silent, Nginx(nginx_program, tmp_path, silent, fronted.site.url) as nginx:
        answers = [httpx.get(f"{nginx.url}/api/ok", timeout=20).status_code for _turn in range(3)]

    assert answers == [200] * 3
