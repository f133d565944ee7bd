"""The whole application behind a real port of this machine, in a thread of the tests' own process."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from assistants_app.engine import engine

START_SECONDS = 30.0


@contextmanager
def served() -> Iterator[str]:
    """The API's address, for real clients; the engine runs in the server's loop."""
    from assistants_app.asgi import Application

    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]
        config = uvicorn.Config(Application(), log_level="warning", lifespan="on", timeout_graceful_shutdown=5)
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined,method-assign]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [place]}, name="server", daemon=True)
        thread.start()
        try:
            _wait(server, thread)
            yield f"http://127.0.0.1:{port}/api"
        finally:
            server.should_exit = True
            thread.join(START_SECONDS)
            assert not thread.is_alive()


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    for _try in range(int(START_SECONDS / 0.02)):
        if server.started and engine().serving:
            return
        thread.join(0.02)
        assert thread.is_alive(), "the server did not start"
    raise AssertionError("the server did not start in time")
