"""What programs ask of assistants: a thousand of them, found one by one, by metadata, with a hundred versions."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count

from tests.bench.wire import Wire

MADE = 1_000
VERSIONS = 100
TEAMS = 20
APART = 37
"""How far from each other, in the order in which they were made, those stand that are asked for one after the other."""


@dataclass
class Assistants:
    """Of one server; `turn` numbers its calls."""

    ids: list[str] = field(default_factory=list)
    turn: count = field(default_factory=count)  # type: ignore[type-arg]

    def next_id(self) -> str:
        return self.ids[next(self.turn) * APART % len(self.ids)]


async def prepare(wire: Wire, known: Assistants) -> None:
    for _one in range(MADE):
        await create(wire, known)
    for number in range(VERSIONS - 1):
        await wire.ask("PATCH", f"/assistants/{known.ids[0]}", {"context": _settings("p" * 500, number / VERSIONS)})


async def create(wire: Wire, known: Assistants) -> None:
    number = len(known.ids)
    body = {
        "graph_id": "tokens",
        "name": f"made {number}",
        "metadata": {"bench": "assistants", "team": f"t{number % TEAMS}"},
        "context": _settings(f"You help team {number}.", 0.2),
    }
    known.ids.append((await wire.ask("POST", "/assistants", body))["assistant_id"])


async def get(wire: Wire, known: Assistants) -> None:
    await wire.ask("GET", f"/assistants/{known.next_id()}")


async def search(wire: Wire, _known: Assistants) -> None:
    found = await wire.ask("POST", "/assistants/search", {"graph_id": "tokens", "limit": 10})
    assert len(found) == 10


async def search_by_metadata(wire: Wire, known: Assistants) -> None:
    wanted = {"bench": "assistants", "team": f"t{next(known.turn) % TEAMS}"}
    found = await wire.ask("POST", "/assistants/search", {"metadata": wanted, "limit": 10})
    assert len(found) == 10


async def versions(wire: Wire, known: Assistants) -> None:
    found = await wire.ask("POST", f"/assistants/{known.ids[0]}/versions", {"limit": VERSIONS})
    assert len(found) == VERSIONS


async def update(wire: Wire, known: Assistants) -> None:
    settings = _settings(f"edit {next(known.turn)}", 0.3)
    await wire.ask("PATCH", f"/assistants/{known.next_id()}", {"context": settings})


async def latest(wire: Wire, known: Assistants) -> None:
    number = 1 + next(known.turn) % (VERSIONS // 2)
    await wire.ask("POST", f"/assistants/{known.ids[0]}/latest", {"version": number})


def _settings(prompt: str, temperature: float) -> dict[str, object]:
    return {"model": "fake-1", "system_prompt": prompt, "temperature": temperature}


Call = Callable[[Wire, Assistants], Awaitable[None]]

CALLS: dict[str, tuple[Call, float | None]] = {
    "get": (get, 1),
    "search": (search, 1),
    "search by metadata": (search_by_metadata, 1),
    "versions": (versions, 1),
    "create": (create, 2),
    "update": (update, 2),
    "latest": (latest, None),
}
"""Each with how many times the reference's median it may take."""

READS = ("get", "search", "search by metadata", "versions")
