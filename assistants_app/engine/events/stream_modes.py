"""The stream modes of the LangGraph Server API: what LangGraph is asked for them, and which events are whose."""

from collections.abc import Callable, Iterable

from assistants_app.domain.stream import StreamEvent
from assistants_app.engine.events.nodes import NODES

DEFAULT_MODES = ("values",)
PLAIN_MODES = {"values", "updates", "custom", "tasks", "checkpoints", "debug"}
KNOWN_MODES = PLAIN_MODES | {"messages", "messages-tuple", "events"}

INNER_MODES = {"tools", NODES}
"""What no caller of the API can ask for: "tools", LangGraph's name for what tools begin, write and end with, is the
thread-centred protocol's; which nodes run, the pages'."""


class UnknownStreamMode(ValueError):
    """A run asked for a stream mode that does not exist."""


def wanted_modes(asked: str | Iterable[str] | None) -> frozenset[str]:
    """The modes of a run's `stream_mode` option. Raises UnknownStreamMode."""
    modes = frozenset([asked] if isinstance(asked, str) else asked or DEFAULT_MODES)
    if unknown := sorted(modes - KNOWN_MODES - INNER_MODES):
        raise UnknownStreamMode(f"There is no stream mode {', '.join(map(repr, unknown))}.")
    return modes


def langgraph_modes(wanted: frozenset[str]) -> list[str]:
    """What to ask LangGraph for. Updates always: they tell that the graph waits for somebody."""
    names = {"messages-tuple": "messages", NODES: "tasks"}
    modes = {names.get(mode, mode) for mode in wanted - {"events"}}
    return sorted(modes | {"updates"})


def events_of(modes: Iterable[str] | None) -> Callable[[str], bool]:
    """Whether an event, by its name, belongs to one of some stream modes, None: to any that the API has. That a run
    failed belongs to each."""
    if modes is None:
        return NODES.__ne__
    wanted = frozenset(modes)

    def belongs(name: str) -> bool:
        base = name.partition("|")[0]
        if base == "messages":
            return "messages-tuple" in wanted
        return base == "error" or base.partition("/")[0] in wanted

    return belongs


def thread_events_of(modes: Iterable[str]) -> Callable[[StreamEvent], bool]:
    """Whether an event of a thread belongs to one of some modes of its stream."""
    wanted = frozenset(modes)

    def belongs(event: StreamEvent) -> bool:
        if event.event == "state_update":
            return "state_update" in wanted
        if event.event == NODES:
            return False
        return "run_modes" in wanted or (event.event == "metadata" and "lifecycle" in wanted)

    return belongs
