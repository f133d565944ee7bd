"""One face for both official Python clients, so that each scenario is written once and run with either.

`faced(get_client(…))` and `faced(get_sync_client(…))` are called alike: `await client.threads.get(…)`,
`async for part in client.runs.stream(…)`. What is called is recorded.
"""

from collections.abc import AsyncIterator, Iterator
from inspect import isawaitable
from typing import Any

PARTS = ("assistants", "threads", "runs", "crons", "store")


class _Answer:
    """What a method returned: to await, or to go through."""

    def __init__(self, returned: Any) -> None:
        self._returned = returned

    def __await__(self) -> Any:
        if isawaitable(self._returned):
            return (yield from self._returned.__await__())
        return self._returned

    async def __aiter__(self) -> AsyncIterator[Any]:
        if isawaitable(self._returned):
            self._returned = await self._returned
        if hasattr(self._returned, "__aiter__"):
            async for one in self._returned:
                yield one
        else:
            for one in self._returned:
                yield one

    def __getattr__(self, name: str) -> Any:
        return getattr(self._returned, name)


class _Part:
    def __init__(self, part: Any, name: str, called: set[str]) -> None:
        self._part = part
        self._name = name
        self._called = called

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._part, name)

        def call(*args: Any, **kwargs: Any) -> _Answer:
            self._called.add(f"{self._name}.{name}")
            return _Answer(method(*args, **kwargs))

        return call


class Faced:
    """A client with its five parts; `called` are the methods that were called, as "threads.get"."""

    assistants: Any
    threads: Any
    runs: Any
    crons: Any
    store: Any

    def __init__(self, client: Any) -> None:
        self.called: set[str] = set()
        self.own = client
        for name in PARTS:
            setattr(self, name, _Part(getattr(client, name), name, self.called))


def public_methods(client: Any) -> Iterator[str]:
    """Every public method of a client's parts, as the package has them."""
    for name in PARTS:
        part = type(getattr(client, name))
        yield from (f"{name}.{method}" for method in vars(part) if not method.startswith("_"))
