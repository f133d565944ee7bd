"""What programs do with the official client: one small story for each of its methods.

`@exercises("threads.copy", …)` names the methods that a story must really have called.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.clients.faces import Faced

Scenario = Callable[[Faced], Awaitable[None]]

SCENARIOS: dict[str, tuple[Scenario, frozenset[str]]] = {}


def exercises(*methods: str) -> Callable[[Scenario], Scenario]:
    def register(scenario: Scenario) -> Scenario:
        SCENARIOS[scenario.__name__] = (scenario, frozenset(methods))
        return scenario

    return register


def human(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]}


async def parts(stream: Any) -> list[tuple[str, Any]]:
    return [(part.event, part.data) async for part in stream]


def last_text(values: Any) -> str:
    return str(values["messages"][-1]["content"])
