"""A proxy that cuts what it passes on, as networks do."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


@contextmanager
def cutting_proxy(url: str, *, after: int, times: int) -> Iterator[tuple[str, list[int]]]:
    """The same API behind a proxy that resets the first `times` event streams after so many bytes; how many it cut."""
    parts = urlsplit(url)
    cuts = [0]
    lock = threading.Lock()
    server = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, target: socket.socket, answers: bool) -> None:
        passed = 0
        stream = False
        with suppress(OSError):
            while data := source.recv(4096):
                stream = stream or (answers and b"text/event-stream" in data)
                passed += len(data)
                if stream and passed > after:
                    with lock:
                        cut = cuts[0] < times
                        cuts[0] += cut
                    if cut:
                        break
                target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        with suppress(OSError):
            while True:
                near, _address = server.accept()
                far = socket.create_connection((parts.hostname or "", parts.port or 80))
                opened.extend((near, far))
                for source, target, answers in ((near, far, False), (far, near, True)):
                    thread = threading.Thread(target=pump, args=(source, target, answers))
                    threads.append(thread)
                    thread.start()

    opened: list[socket.socket] = []
    threads = [threading.Thread(target=serve)]
    threads[0].start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}{parts.path}", cuts
    finally:
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        for each in (server, *opened):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in threads:
            thread.join(10)
