"""Static files straight from where they lie: no collectstatic, no thread, no middleware.

Addresses made by `{% static %}` carry a mark of the file's content and may be kept for ever; the same file without
its mark is asked for again each time, and answered "not modified" while it is the same.
"""

from functools import cache, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from wsgiref.headers import Headers

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.middleware import WhiteNoiseMiddleware

_FOREVER = "max-age=31536000, public, immutable"
_CHUNK = 2**18


class MarkedStorage(StaticFilesStorage):
    """Adds `?v=` and a mark of the content to the address of every file it can find."""

    def url(self, name: str | None) -> str:
        address = super().url(name)
        mark = content_mark(name) if name else ""
        return f"{address}?v={mark}" if mark else address


def content_mark(name: str) -> str:
    """Twelve characters that change with the file's content; "" when there is no such file."""
    try:
        path = _path_of(name)
    except FileNotFoundError:
        return ""
    state = _state(path)
    return _mark_of(path, state) if state else ""


@cache
def _path_of(name: str) -> Path:
    """Raises FileNotFoundError."""
    found = finders.find(name)
    if not found:
        raise FileNotFoundError(name)
    return Path(found)


@lru_cache(maxsize=1000)
def _mark_of(path: Path, state: tuple[int, int]) -> str:
    return blake2b(path.read_bytes(), digest_size=6).hexdigest()


class StaticFiles:
    """An ASGI application for the addresses under `prefix`."""

    def __init__(self) -> None:
        self._files = WhiteNoiseMiddleware(get_response=None, settings=settings)
        self._known: dict[str, tuple[Any, Path, tuple[int, int] | None]] = {}
        self.prefix: str = self._files.static_prefix

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        found = self._find(path)
        if found is None:
            await _send(send, 404, [(b"content-type", b"text/plain; charset=utf-8")], b"There is no such file.\n")
            return
        asked = {f"HTTP_{name.decode('latin1').upper().replace('-', '_')}": value for name, value in scope["headers"]}
        answer = found.get_response(scope["method"], {key: value.decode("latin1") for key, value in asked.items()})
        headers = Headers([*answer.headers, ("X-Content-Type-Options", "nosniff")])
        if self._is_marked(path, scope["query_string"]) and "Cache-Control" in headers:
            headers["Cache-Control"] = _FOREVER
        raw = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers.items()]
        try:
            await _send_file(send, int(answer.status), raw, answer.file)
        finally:
            if answer.file is not None:
                answer.file.close()

    def _find(self, path: str) -> Any:
        """WhiteNoise's reading of a file, made anew when the file changed: an upgrade replaces files in place."""
        known, file, state = self._known.get(path, (None, None, None))
        if known is None or file is None or _state(file) != state:
            known = self._files.find_file(path)
            if known is not None:
                file = next(Path(place) for encoding, place, _headers in known.alternatives if not encoding.pattern)
                self._known[path] = (known, file, _state(file))
        return known

    def _is_marked(self, path: str, query: bytes) -> bool:
        marks = parse_qs(query.decode("latin1")).get("v", [])
        return bool(marks) and marks == [content_mark(path.removeprefix(self.prefix))]


def _state(file: Path) -> tuple[int, int] | None:
    """When it was changed and how long it is; None when it is gone."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size


async def _send_file(send: Any, status: int, headers: list[tuple[bytes, bytes]], file: Any) -> None:
    """Reads in the event loop: the files are small and the system keeps them in memory."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    while file is not None and (chunk := file.read(_CHUNK)):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body"})


async def _send(send: Any, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
