"""A minimal HTTP/1.1 client on one kept connection: others cost more than what they time."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

LIMIT = 1 << 26


@dataclass(slots=True)
class Streamed:
    """A stream as it came: seconds to its first token and to its end, and how many tokens it had."""

    first: float
    end: float
    tokens: int


@dataclass(slots=True)
class Wire:
    """`async with Wire(port, prefix) as wire: await wire.ask("POST", "/assistants", {…})`."""

    port: int
    prefix: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    reader: Any = None
    writer: Any = None

    async def __aenter__(self) -> "Wire":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=LIMIT)
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.writer.close()

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON; None when it has no body."""
        await self._send(method, path, body)
        status, headers = await self._head()
        content = await self._content(headers)
        assert status < 300, (status, content[:500])
        return json.loads(content) if content.strip() else None

    async def stream(self, path: str, body: Any) -> Streamed:
        start = time.perf_counter()
        await self._send("POST", path, body)
        status, headers = await self._head()
        assert status == 200, status
        first, tokens = 0.0, 0
        chunked = headers.get("transfer-encoding") == "chunked"
        while piece := await (self._chunk() if chunked else self.reader.read(LIMIT)):
            tokens += piece.count(b"event: messages")
            if tokens and not first:
                first = time.perf_counter() - start
        return Streamed(first, time.perf_counter() - start, tokens)

    async def _send(self, method: str, path: str, body: Any) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {self.prefix}{path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(content)}"]
        lines += ["Content-Type: application/json", *(f"{name}: {value}" for name, value in self.headers.items())]
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        await self.writer.drain()

    async def _head(self) -> tuple[int, dict[str, str]]:
        first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        named = (line.split(":", 1) for line in lines)
        return int(first.split(" ")[1]), {name.lower(): value.strip().lower() for name, value in named}

    async def _content(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") == "chunked":
            whole = b""
            while piece := await self._chunk():
                whole += piece
            return whole
        return bytes(await self.reader.readexactly(int(headers.get("content-length", 0))))

    async def _chunk(self) -> bytes:
        size = int(await self.reader.readline(), 16)
        piece = await self.reader.readexactly(size + 2)
        return bytes(piece[:-2])
