"""The ASGI application as a whole: where a request goes, and its lifespan."""

import asyncio
import json
from typing import Any

import pytest

from assistants_app.asgi import Application
from assistants_app.engine import engine
from assistants_app.models import Assistant
from assistants_app.models.assistants import system_assistant_id
from tests.asgi.asking import ask

pytestmark = pytest.mark.django_db(transaction=True)


class Lifespan:
    """`async with Lifespan(app)`: starts and stops it as a server does."""

    def __init__(self, app: Application) -> None:
        self._to: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._task = asyncio.create_task(app({"type": "lifespan"}, self._to.get, self.told.put))

    async def __aenter__(self) -> "Lifespan":
        await self._to.put({"type": "lifespan.startup"})
        assert await asyncio.wait_for(self.told.get(), 60) == {"type": "lifespan.startup.complete"}
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._to.put({"type": "lifespan.shutdown"})
        assert await asyncio.wait_for(self.told.get(), 60) == {"type": "lifespan.shutdown.complete"}
        await self._task


def test_it_works() -> None:
    async def work() -> None:
        app = Application()
        async with Lifespan(app):
            assert engine().serving
            answer = await ask(app, "/api/ok")
            assert (answer.status, json.loads(answer.body)) == (200, {"ok": True, "services": {}})
            assert (await ask(app, "/static/css/base.css")).status == 200
            assert (await ask(app, "/")).headers["location"] == "/sign-in/?next=/"
            assert (await ask(app, "/api/ok", method="POST")).status == 405
        assert not engine().serving

    asyncio.run(work())
    assert Assistant.objects.get_by_uuid(system_assistant_id("writer")).is_system


def test_a_second_start_resets_nothing() -> None:
    async def start() -> None:
        async with Lifespan(Application()):
            pass

    asyncio.run(start())
    before = Assistant.objects.count()
    Assistant.objects.filter(name="writer").update(description="as somebody left it")
    asyncio.run(start())
    assert Assistant.objects.count() == before
    assert Assistant.objects.get(name="writer").description == "as somebody left it"


def test_a_web_socket_is_refused() -> None:
    async def work() -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        async def send(message: dict[str, Any]) -> None:
            told.append(message)

        await Application()({"type": "websocket", "path": "/"}, receive, send)
        return told

    assert asyncio.run(work()) == [{"type": "websocket.close", "code": 1000}]
