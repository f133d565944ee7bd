"""Streams: a run through a real server and HTTP, beside the graph's bare `astream` in the same kind of loop.

The server is a process of its own on this machine. Figures are medians of interleaved runs.
"""

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

from tests.bench.measuring import fresh_site, say

MODES = ["messages-tuple", "custom"]
TIMES = 31

Figures = tuple[float, float]
"""Seconds to the first token, and to the end."""


def main() -> None:
    fresh_site()
    with_server(_measure)


def with_server(work: Callable[[int], None]) -> None:
    """Call `work` with the port of a running server; the server ends with it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = subprocess.Popen([sys.executable, "-m", "tests.bench.stream", str(port)], env=os.environ.copy())
    try:
        _wait(port)
        work(port)
    finally:
        server.terminate()
        server.wait(20)


def _measure(port: int) -> None:
    import uvloop

    def bare(text: str) -> Figures:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(bare_figures(text))

    prepared = post(port, "/bench/prepare", {})
    assistant_id = prepared["assistant_id"]
    page = ChatPage(port, assistant_id, prepared["cookies"])

    def stream(text: str) -> Figures:
        return served(port, {"assistant_id": assistant_id, "text": text, "stream_mode": MODES})

    short = interleaved([lambda: bare("1"), lambda: stream("1"), lambda: page.say("1")])
    long = interleaved([lambda: bare("2000"), lambda: stream("2000"), lambda: page.say("2000")])
    say("first token of bare astream", short[0][0] * 1000, "ms")
    say("first token as JSON events, more than bare", (short[1][0] - short[0][0]) * 1000, "ms", 15)
    say("first token in the chat, more than bare", _more(short[2], short[0]), "ms", 15)
    say("2,000 tokens of bare astream", long[0][1] * 1000, "ms")
    for what, figures in (("as JSON events", long[1]), ("in the chat", long[2])):
        say(f"2,000 tokens {what}: rate, of bare astream's", 100 * long[0][1] / figures[1], "%", 40, at_least=True)
    seconds = together(stream, 16)
    say("16 such streams at once: their rate together", 1600 * long[0][1] / seconds, "%", 35, at_least=True)


def _more(figures: Figures, than: Figures) -> float:
    return (figures[0] - than[0]) * 1000


def interleaved(calls: list[Callable[[], Figures]]) -> list[Figures]:
    taken: list[list[Figures]] = [[] for _call in calls]
    for turn in range(TIMES + 1):
        for call, figures in zip(calls, taken, strict=True):
            figure = call()
            if turn:
                figures.append(figure)
    return [
        (statistics.median(first for first, _end in figures), statistics.median(end for _first, end in figures))
        for figures in taken
    ]


def together(stream: Callable[[str], Figures], count: int) -> float:
    threads = [threading.Thread(target=stream, args=("2000",)) for _number in range(count)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


async def bare_figures(text: str) -> Figures:
    from tests.hard_graphs import tokens

    graph = tokens.compile()
    first = 0.0
    start = time.perf_counter()
    async for _part in graph.astream({"messages": [("user", text)]}, stream_mode=["messages", "custom"]):
        first = first or time.perf_counter() - start
    return first, time.perf_counter() - start


def served(port: int, body: dict[str, Any]) -> Figures:
    connection = HTTPConnection("127.0.0.1", port)
    start = time.perf_counter()
    connection.request("POST", "/bench/stream", json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    assert response.status == 200, response.read()
    first, chunks = 0.0, []
    while chunk := response.read1(1 << 20):
        chunks.append(chunk)
        if not first and b"event: messages" in chunk:
            first = time.perf_counter() - start
    end = time.perf_counter() - start
    connection.close()
    seen = b"".join(chunks).count(b"event: messages")  # of the whole: a name may be cut between two chunks
    assert seen >= int(body["text"]), f"only {seen} tokens arrived"
    return first, end


class ChatPage:
    """What the chat's script does: post the message, and read the stream that answers it."""

    def __init__(self, port: int, assistant_id: str, cookies: dict[str, str]) -> None:
        self.port = port
        self.url = f"/assistants/{assistant_id}/test/send/"
        token = "a" * 32
        cookies = {**cookies, "csrftoken": token}
        self.headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": token,
            "HX-Request": "true",
            "Accept": "text/event-stream",
        }

    def say(self, text: str) -> Figures:
        connection = HTTPConnection("127.0.0.1", self.port)
        start = time.perf_counter()
        form = {**self.headers, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", self.url, urlencode({"message": text}), form)
        response = connection.getresponse()
        assert response.status == 200, response.read()
        first, whole = 0.0, b""
        while chunk := response.read1(1 << 20):
            whole += chunk
            if not first and b"event: reply" in whole:
                first = time.perf_counter() - start
        end = time.perf_counter() - start
        connection.close()
        assert f"w{int(text) - 1}".encode() in whole, whole[-500:]
        return first, end


def post(port: int, path: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def _wait(port: int) -> None:
    for _attempt in range(1200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the server did not start")


def serve(port: int) -> None:
    """The product under uvicorn, as `serve` runs it, with the bench's routes."""
    import django
    import uvicorn

    django.setup()
    from django.conf import settings

    settings.ROOT_URLCONF = "tests.bench.stream_routes"
    uvicorn.run("assistants_app.asgi:application", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(int(sys.argv[1]))
    else:
        main()
