"""A way to PostgreSQL that a test can cut, or leave silent: TCP on loopback, led on to the server's socket."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import unquote, urlsplit

SEEN_BYTES = 4_000
"""How much of what a client said first is looked at, to tell one connection from another."""


class _Link:
    """One connection, and what its client says to the server."""

    def __init__(self, writers: "tuple[asyncio.StreamWriter, asyncio.StreamWriter]") -> None:
        self.writers = writers
        self.said = b""
        self.flowing = asyncio.Event()
        self.flowing.set()


class Cuttable:
    """Lives in a thread and a loop of its own. Everything but `url` may be asked for at any time."""

    def __init__(self, server_url: str) -> None:
        parts = urlsplit(server_url)
        netloc = parts.netloc.rpartition("@")
        self._target = unquote(netloc[2])
        self._template = f"postgresql://{netloc[0]}@127.0.0.1:%s{parts.path}"
        self.url = ""
        self._links: set[_Link] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._refusing = self._freezing = False

    def start(self) -> str:
        """Its address, in place of the server's."""
        self._thread.start()
        self.url = self._template % self._do(self._serve())
        return self.url

    def stop(self) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def count(self) -> int:
        """How many connections there are."""
        return len(self._links)

    def cut(self, saying: bytes = b"") -> int:
        """End the connections whose clients said that; how many."""
        return int(self._do(self._cut(saying)))

    def freeze(self, saying: bytes = b"") -> int:
        """Leave connections open and carry nothing more on them; how many."""
        return int(self._do(self._freeze(saying)))

    @contextmanager
    def away(self, *, silent: bool) -> Iterator[None]:
        """Nothing goes through, and nobody comes: `silent` leaves all connections open, old and new; they are carried
        on afterwards. Else they are ended, and new ones too."""
        if silent:
            self._freezing = True
            self.freeze()
        else:
            self._refusing = True
            self.cut()
        try:
            yield
        finally:
            self._refusing = self._freezing = False
            self._do(self._thaw())

    # -- in its loop ------------------------------------------------------------------------------------------------

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _serve(self) -> int:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def _end(self) -> None:
        self._server.close()
        await self._cut(b"")
        await asyncio.sleep(0.1)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        try:
            there, to_there = await asyncio.open_unix_connection(f"{self._target}/.s.PGSQL.5432")
        except OSError:
            writer.transport.abort()
            return
        link = _Link((writer, to_there))
        if self._freezing:
            link.flowing.clear()
        self._links.add(link)
        try:
            await asyncio.wait(
                [
                    asyncio.ensure_future(self._carry(link, reader, to_there, listens=True)),
                    asyncio.ensure_future(self._carry(link, there, writer, listens=False)),
                ],
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            self._abort(link)

    async def _carry(
        self, link: _Link, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, listens: bool
    ) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                await link.flowing.wait()
                if listens:
                    link.said = (link.said + data)[:SEEN_BYTES]
                target.write(data)
                await target.drain()

    def _abort(self, link: _Link) -> None:
        self._links.discard(link)
        link.flowing.set()
        for writer in link.writers:
            writer.transport.abort()

    async def _cut(self, saying: bytes) -> int:
        found = [link for link in self._links if saying in link.said]
        for link in found:
            self._abort(link)
        return len(found)

    async def _freeze(self, saying: bytes) -> int:
        found = [link for link in self._links if saying in link.said]
        for link in found:
            link.flowing.clear()
        return len(found)

    async def _thaw(self) -> None:
        for link in self._links:
            link.flowing.set()
