"""What uvicorn writes in one turn of the event loop leaves in one piece."""

import asyncio
from typing import Any

import pytest
import uvicorn

from assistants_app.management.commands.serve import _server_config
from assistants_app.whole_answers import PENDING_BYTES, JoinedWrites, WholeAnswers


class Recorded(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.writes: list[bytes] = []
        self.closed = False
        self.ended = asyncio.Event()

    def write(self, data: Any) -> None:
        assert not self.closed
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.closed = True
        self.ended.set()

    def is_closing(self) -> bool:
        return self.closed


async def app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"whole"})


async def asked(protocol: type[asyncio.Protocol]) -> Recorded:
    """What `protocol` writes as the answer to one request, after which it closes."""
    config = uvicorn.Config(app, lifespan="off", server_header=False, date_header=False)
    config.load()
    made: Any = protocol(config=config, server_state=uvicorn.server.ServerState(), app_state={})  # type: ignore[call-arg]
    transport = Recorded()
    made.connection_made(transport)
    made.data_received(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    await asyncio.wait_for(transport.ended.wait(), 5)
    return transport


def test_it_works() -> None:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    whole = asyncio.run(asked(WholeAnswers)).writes
    assert len(whole) == 1
    assert whole[0].endswith(b"\r\n\r\nwhole")
    assert b"".join(asyncio.run(asked(HttpToolsProtocol)).writes) == whole[0]


def test_serve_uses_it() -> None:
    config = _server_config(port=1)
    config.load()
    assert config.http_protocol_class is WholeAnswers


def test_much_is_written_at_once() -> None:
    """So that the transport can tell who writes that its reader is slow."""

    async def work() -> None:
        transport = Recorded()
        joined = JoinedWrites(transport)
        joined.write(b"a" * PENDING_BYTES)
        assert transport.writes == []
        joined.write(b"b")
        assert [len(one) for one in transport.writes] == [PENDING_BYTES + 1]
        joined.write(b"c")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert transport.writes[1:] == [b"c"]

    asyncio.run(work())


@pytest.mark.parametrize("told", [b"", b"last"])
def test_closing_writes_what_waits(told: bytes) -> None:
    async def work() -> Recorded:
        transport = Recorded()
        joined = JoinedWrites(transport)
        if told:
            joined.write(told)
        joined.close()
        await asyncio.sleep(0)
        return transport

    transport = asyncio.run(work())
    assert (b"".join(transport.writes), transport.closed) == (told, True)
