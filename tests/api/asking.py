"""Plain HTTP against the served API, for what no official client would send."""

from types import TracebackType
from typing import Any, Self

import httpx


class Api:
    """`api.post("/assistants", {…})`: an httpx.Response. `api.ok(…)` is its JSON, once it answered 200."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key
        self.http = httpx.Client(base_url=url, headers={"X-Api-Key": key} if key else {}, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return self.http.request(method, self.url + path, **({} if body is None else {"json": body}), **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return self.ask("POST", path, {} if body is None else body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return self.ask("PATCH", path, {} if body is None else body, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return self.ask("PUT", path, {} if body is None else body, **more)

    def delete(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return self.ask("DELETE", path, body, **more)

    def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        answer = self.ask(method, path, body, **more)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return answer.json()
