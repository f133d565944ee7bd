"""Asks an ASGI application as a server does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

PIECE = 256 * 1024


class Answer:
    """What has come so far; `done` once the last piece is there."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.done = asyncio.Event()
        self.request: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """What the application does about it."""
        self._changed = asyncio.Event()
        self._leave = asyncio.Event()

    async def until(self, text: bytes) -> None:
        while text not in self.body:
            self._changed.clear()
            await asyncio.wait_for(self._changed.wait(), 10)

    def leave(self) -> None:
        """The client goes away."""
        self._leave.set()

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                self.done.set()
        self._changed.set()

    def receiver(self, body: bytes) -> Any:
        """In pieces, as it comes from a network."""
        pieces = [body[at : at + PIECE] for at in range(0, len(body), PIECE)] or [b""]
        last = len(pieces) - 1
        messages = iter(
            [{"type": "http.request", "body": one, "more_body": at < last} for at, one in enumerate(pieces)]
        )

        async def receive() -> dict[str, Any]:
            if message := next(messages, None):
                return message
            await self._leave.wait()
            return {"type": "http.disconnect"}

        return receive


@asynccontextmanager
async def asking(
    app: Any, path: str, *, method: str = "GET", body: bytes = b"", **headers: str
) -> AsyncIterator[Answer]:
    """An answer while it comes; the block ends when the application has finished with it."""
    path, _mark, query = path.partition("?")
    raw = {"host": "localhost", **({"content-length": str(len(body))} if body else {}), **headers}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in raw.items()],
    }
    answer = Answer()
    task = answer.request = asyncio.create_task(app(scope, answer.receiver(body), answer.send))
    try:
        yield answer
        await asyncio.wait_for(task, 10)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def ask(app: Any, path: str, **more: Any) -> Answer:
    """The whole answer."""
    async with asking(app, path, **more) as answer:
        pass
    assert answer.done.is_set()
    return answer
