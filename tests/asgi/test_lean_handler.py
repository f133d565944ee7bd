"""Requests borrow threads, streams hold none, and the API runs without any."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.db import connection
from django.test import RequestFactory, override_settings
from django.urls import resolve

from assistants_app.asgi import Application
from assistants_app.lean_handler import IDLE_THREADS, LeanHandler, _WithoutMiddleware
from tests.asgi import urls
from tests.asgi.asking import PIECE, ask, asking

T = TypeVar("T")
MEGABYTE = 1024 * 1024
ONE, OTHER = "0198c1a2-7d3e-7abc-8f00-0123456789AB", "f47ac10b-58cc-4372-a567-0e02b2c3d479"
MORE, NONE = "11111111-2222-3333-4444-555555555555", "00000000-0000-0000-0000-000000000000"

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]


@pytest.fixture(autouse=True)
def _views() -> Iterator[None]:
    urls.log.clear()
    with override_settings(ROOT_URLCONF="tests.asgi.urls"):
        yield


def serve(work: Callable[[LeanHandler], Awaitable[T]]) -> T:
    """Runs `work` with a handler, in a loop of its own."""

    async def run() -> T:
        urls.go_on = asyncio.Event()
        return await work(LeanHandler())

    return asyncio.run(run())


def test_it_works() -> None:
    async def work(app: LeanHandler) -> None:
        answer = await ask(app, "/sync")
        assert answer.status == 200
        assert answer.headers["content-length"] == str(len(answer.body))
        assert "content-security-policy" in answer.headers
        name, _ident, count = answer.body.decode().split()
        assert name.startswith("request")
        assert count == "0"

    serve(work)


def test_one_request_after_the_other_uses_one_thread() -> None:
    async def work(app: LeanHandler) -> set[bytes]:
        found = set()
        for _time in range(5):
            found.add((await ask(app, "/sync")).body)
            await asyncio.sleep(0.02)  # it is given back just after the answer
        return found

    assert len(serve(work)) == 1


def test_a_thread_keeps_its_connection_unless_a_pool_does() -> None:
    async def work(app: LeanHandler) -> bool:
        await ask(app, "/sync")
        await asyncio.sleep(0.1)
        return app._threads._idle[0].submit(lambda: connection.connection is not None).result()

    assert serve(work) == (connection.vendor == "sqlite")


def test_requests_at_once_have_a_thread_each() -> None:
    async def work(app: LeanHandler) -> set[bytes]:
        answers = await asyncio.gather(*(ask(app, "/slow") for _time in range(IDLE_THREADS + 4)))
        await asyncio.sleep(0.1)
        assert len(app._threads._idle) == IDLE_THREADS
        return {answer.body for answer in answers}

    assert len(serve(work)) == IDLE_THREADS + 4


def test_an_async_view_runs_in_the_loop() -> None:
    assert serve(lambda app: ask(app, "/async")).body == b"MainThread 0"


def test_the_api_needs_no_thread_and_no_middleware() -> None:
    async def work(app: LeanHandler) -> None:
        answer = await ask(app, "/api/bare")
        assert answer.body == b"MainThread False"
        assert answer.headers["content-length"] == str(len(answer.body))
        assert "content-security-policy" not in answer.headers
        assert not app._threads._idle

    serve(work)


@pytest.mark.parametrize(
    ("path", "kwargs"),
    [
        (f"/api/assistants/{ONE}", {"assistant_id": ONE}),
        (f"/api/threads/{ONE}/runs/{OTHER}", {"thread_id": ONE, "run_id": OTHER}),
        (f"/api/threads/{OTHER}/runs/{OTHER}", {"thread_id": OTHER, "run_id": OTHER}),
        (f"/api/threads/{ONE}/runs/{'0' * 8}{ONE[8:]}", {"thread_id": ONE, "run_id": f"{'0' * 8}{ONE[8:]}"}),
        (f"/api/threads/a{ONE}-b{OTHER}c/runs/x", {"thread_id": f"a{ONE}-b{OTHER}c", "run_id": "x"}),
        (f"/api/threads/{NONE}/runs/{ONE}", {"thread_id": NONE, "run_id": ONE}),
        ("/api/threads/x/runs/y", {"thread_id": "x", "run_id": "y"}),
        (f"/api/{ONE}", {}),
        ("/api/assistants/search", {}),
    ],
)
def test_addresses_with_other_ids_are_resolved_once(path: str, kwargs: dict[str, str]) -> None:
    handler = _WithoutMiddleware()
    with override_settings(ROOT_URLCONF="assistants_app.urls"):
        for shown in (path, path.replace(ONE, MORE)):
            found = handler.resolve_request(RequestFactory().get(shown))
            real = resolve(shown)
            assert (
                found.kwargs
                == real.kwargs
                == {name: each.replace(ONE, MORE) if shown != path else each for name, each in kwargs.items()}
            )
            assert (found.func, found.args, found.route, found.view_name) == (
                real.func,
                real.args,
                real.route,
                real.view_name,
            )
    assert handler._resolved.cache_info().misses == 1


def test_a_form() -> None:
    given = {"method": "POST", "body": b"text=hello", "content_type": "application/x-www-form-urlencoded"}
    assert serve(lambda app: ask(app, "/posted", **given)).body == b"hello"


@pytest.mark.parametrize(("path", "largest"), [("/size", 64 * MEGABYTE), ("/api/size", 8 * MEGABYTE)])
def test_of_a_body_that_is_too_large_only_enough_is_kept_to_see_that_it_is(path: str, largest: int) -> None:
    def kept(sent: int) -> int:
        return int(serve(lambda app: ask(app, path, method="POST", body=bytes(sent))).body)

    assert kept(largest) == largest
    assert kept(2 * largest) == largest + PIECE


def test_a_stream_holds_neither_thread_nor_connection() -> None:
    async def work(app: LeanHandler) -> None:
        async with asking(app, "/stream") as one, asking(app, "/stream") as two, asking(app, "/stream") as three:
            for answer in (one, two, three):
                await answer.until(b"begin 0")
            await asyncio.sleep(0.05)
            assert len(app._threads._idle) == 3
            assert int((await ask(app, "/connections")).body) <= 2  # of the three, one serves this; and the test's own
            urls.go_on.set()
        assert {answer.body for answer in (one, two, three)} == {b"begin 0\npeople 0 in MainThread\n"}

    serve(work)
    assert urls.log == ["closed"] * 3


def test_a_stream_whose_listener_leaves_is_closed() -> None:
    async def work(app: LeanHandler) -> None:
        async with asking(app, "/stream") as answer:
            await answer.until(b"begin")
            answer.leave()
        assert not answer.done.is_set()

    serve(work)
    assert urls.log == ["closed"]


def test_a_server_that_gives_up_a_request_is_not_held() -> None:
    """Its cancellation is passed on: only the client's leaving is this handler's own affair."""

    async def work(app: LeanHandler) -> None:
        async with asking(app, "/stream") as answer:
            await answer.until(b"begin")
            answer.request.cancel()

    with pytest.raises(asyncio.CancelledError):
        serve(work)
    assert urls.log == ["closed"]


def test_a_stop_breaks_the_streams_off() -> None:
    """Not as if they had no more to say."""

    async def work(app: LeanHandler) -> None:
        async with asking(app, "/stream") as answer:
            await answer.until(b"begin")
            app.end_streams()
            await asyncio.wait({answer.request}, timeout=5)
        assert not answer.done.is_set()
        assert answer.body == b"begin 0\n"
        assert not app._streams

    serve(work)
    assert urls.log == ["closed"]


def test_an_error_half_way_is_the_servers_to_tell() -> None:
    with pytest.raises(ValueError, match="half way"):
        serve(lambda app: ask(app, "/broken-stream"))


@pytest.mark.parametrize("path", ["/broken", "/api/bare-broken"])
def test_an_error_is_an_answer(path: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        assert serve(lambda app: ask(app, path)).status == 500


def test_what_is_not_there() -> None:
    assert serve(lambda app: ask(app, "/api/nowhere")).status == 404


def test_a_client_that_leaves_before_it_has_asked() -> None:
    async def work(app: LeanHandler) -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            raise AssertionError(message)

        scope = {"type": "http", "method": "POST", "path": "/sync", "query_string": b"", "headers": []}
        await app(scope, receive, send)
        assert not app._threads._idle

    serve(work)


def test_djangos_own_handler_can_be_had_back() -> None:
    assert isinstance(Application().django, LeanHandler)
    with override_settings(LEAN_HANDLER=False):
        app = Application()
    assert type(app.django) is ASGIHandler

    async def work() -> bytes:
        return (await ask(app, "/sync")).body.split()[-1]

    assert asyncio.run(work()) == b"0"
