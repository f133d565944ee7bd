"""Listening to a thread by the thread-centred protocol: what was, as far as it is kept and wanted, and what comes."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4
from weakref import WeakValueDictionary

from assistants_app.domain.json_values import Json
from assistants_app.domain.stream import HEARTBEAT
from assistants_app.domain.subscription import Subscription
from assistants_app.engine.events.encoding import encode
from assistants_app.engine.events.listening import Pace
from assistants_app.engine.events.relay import Relay, RunEvents
from assistants_app.engine.events.thread_events import ThreadEvents
from assistants_app.engine.protocol.run_view import ProtocolEvent, RunView
from assistants_app.engine.waiting import Waiters

CHUNK_BYTES = 1024 * 1024
"""What a listener who is behind gets at once, or a little more: a slow one must not hold everything twice."""

GONE = "Some events are not kept any more. Read the thread's state instead."

_views: WeakValueDictionary[UUID, RunView] = WeakValueDictionary()
"""By run, of those that somebody listens to: what one listener made, the others use."""


def view_of(run: RunEvents) -> RunView:
    assert run.begun is not None
    view = _views.get(run.begun.run_id)
    if view is None or view.events is not run:
        view = _views[run.begun.run_id] = RunView(run)
    return view


class Listener:
    """One stream of events. Without `since` it gets everything that is kept and still means something."""

    def __init__(self, thread: ThreadEvents, subscription: Subscription, since: int | None) -> None:
        self._thread = thread
        self._wanted = subscription
        self.seen = since or 0
        self._views: dict[UUID, RunView] = {}
        self._told = (thread.edition, 0)
        """At which edition of the thread's runs all was told of how many of the first."""
        self._past = set() if since is not None else _past(thread, subscription)
        self._told_of_a_gap = False
        self.has_more = False
        """Whether `pending` left something out, for now."""

    async def chunks(self, quiet: float) -> AsyncGenerator[bytes, None]:
        """Server-sent events, and a heartbeat while it is quiet, for as long as there is a thread."""
        pace = Pace()
        while True:
            frames = list(self.pending())
            if frames:
                yield b"".join(frames)
                if pause := pace.pause():
                    await asyncio.sleep(pause)
            elif self._thread.closed:
                return
            elif self.has_more:
                await asyncio.sleep(0)
            elif not await self._thread.wait_for(self.is_behind, quiet):
                yield HEARTBEAT

    def is_behind(self) -> bool:
        """Whether `pending` would find anything new."""
        for run in self._untold():
            view = self._view(run)
            if view is None or view.read < run.last or view.last > self.seen or (run.closed and not view.complete):
                return True
        return False

    def _untold(self) -> Sequence[RunEvents]:
        """The runs in turn, but for the first ones of which all was told: of each that is found out once."""
        edition = self._thread.edition
        known, told = self._told
        if known != edition:
            told = 0
            kept = {run.begun.run_id for run in self._thread.runs if run.begun}
            for run_id in self._views.keys() - kept:
                del self._views[run_id]
        runs = self._thread.in_turn
        for run in runs[told:]:
            view = self._view(run)
            if view is None or not view.complete or view.last > self.seen:
                break
            told += 1
        self._told = edition, told
        return runs[told:]

    def _view(self, run: RunEvents) -> RunView | None:
        """Nothing of a run that has begun anew: what was told of it before is none of its events."""
        view = self._views.get(run.begun.run_id) if run.begun else None
        return view if view and view.events is run else None

    def pending(self) -> Iterator[bytes]:
        self.has_more = False
        for run in self._untold():
            view = self._view(run)
            if view is None:
                view = view_of(run)
                self._views[view.begun.run_id] = view
            self.has_more = view.catch_up()
            if view.dropped and not self._told_of_a_gap:
                self._told_of_a_gap = True
                yield _gap()
            yield from self._chosen(view)
            if self.has_more:
                return

    def _chosen(self, view: RunView) -> Iterator[bytes]:
        size = 0
        for event in view.after(self.seen):
            if size > CHUNK_BYTES:
                self.has_more = True
                return
            self.seen = event.number
            if self._wanted.wants(event.channel, event.namespace) and not self._is_past(view, event):
                size += len(event.frame)
                yield event.frame
        self.seen = max(self.seen, view.last)
        if view.complete and self._wanted.wants("lifecycle", ()):
            view.events.end_was_told = True

    def _is_past(self, view: RunView, event: ProtocolEvent) -> bool:
        return event.is_of_the_run and view.begun.run_id in self._past


@dataclass(frozen=True, slots=True)
class _Several(Subscription):
    """Whatever one of them wants."""

    parts: Mapping[str, Subscription] = field(default_factory=dict)

    def wants(self, channel: str, namespace: Sequence[str]) -> bool:
        return any(part.wants(channel, namespace) for part in self.parts.values())


class Session:
    """What one client subscribes to bit by bit, told by one stream in the order of what happened.

    A new subscription is told the past that it wants by itself; from there on it goes with the others, so that what
    two of them want is told once.
    """

    def __init__(self, thread: ThreadEvents, quiet: float) -> None:
        self._thread = thread
        self._quiet = quiet
        self._wanted: dict[str, Subscription] = {}
        self._joining: deque[tuple[str, Subscription, Listener]] = deque()
        self._joined: Listener | None = None
        self._changed = Waiters()

    def __len__(self) -> int:
        return len(self._wanted) + len(self._joining)

    def subscribe(self, wanted: Subscription, since: int | None) -> str:
        """The name of the subscription."""
        name = str(uuid4())
        self._joining.append((name, wanted, Listener(self._thread, wanted, since)))
        self._changed.wake()
        return name

    def unsubscribe(self, name: str) -> bool:
        """Whether there was such a one."""
        before = len(self)
        self._wanted.pop(name, None)
        self._joining = deque(one for one in self._joining if one[0] != name)
        return len(self) < before

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Server-sent events, and a heartbeat while it is quiet, for as long as there is a thread."""
        pace = Pace()
        while True:
            listener = self._joining[0][2] if self._joining else self._joined
            if listener and (frames := list(listener.pending())):
                yield b"".join(frames)
                if pause := pace.pause():
                    await asyncio.sleep(pause)
            elif listener and listener.has_more:
                await asyncio.sleep(0)
            elif self._joining:
                self._join(*self._joining.popleft())
            elif self._thread.closed:
                return
            elif not await self._thread.wait_for(self._is_behind, self._quiet, self._changed):
                yield HEARTBEAT

    def _join(self, name: str, wanted: Subscription, listener: Listener) -> None:
        self._wanted[name] = wanted
        if self._joined is None:
            self._joined = Listener(self._thread, _Several(frozenset(), parts=self._wanted), listener.seen)

    def _is_behind(self) -> bool:
        return bool(self._joining) or (self._joined is not None and self._joined.is_behind())


def _past(thread: ThreadEvents, wanted: Subscription) -> set[UUID]:
    """The runs of which a new listener hears no more how they went.

    An end that was told already would end what the listener is about to begin, and a question of an earlier run has
    been answered, or is asked again. What the runs wrote is told all the same.
    """
    runs = [run for run in thread.runs if run.begun]
    past = {run.begun.run_id for run in runs[:-1] if run.begun and run.end_was_told}
    for run in runs[-1:]:
        waits = run.outcome is not None and run.outcome.status == "interrupted"
        if run.begun and run.end_was_told and wanted.only_watches and not waits:
            past.add(run.begun.run_id)
    return past


def _gap() -> bytes:
    told = {"type": "error", "id": None, "error": "unknown_error", "message": GONE}
    return b"event: error\r\ndata: %b\r\n\r\n" % encode(told)


class ThreadProtocol:
    """A thread, as who speaks the protocol sees it. For the engine's loop."""

    def __init__(self, relay: Relay, thread_id: UUID, quiet: float) -> None:
        self._relay = relay
        self._thread_id = thread_id
        self._thread = relay.thread(thread_id)
        self._quiet = quiet

    def session(self) -> Session:
        return Session(self._thread, self._quiet)

    def listen(self, wanted: Subscription, since: int | None = None) -> AsyncGenerator[bytes, None]:
        """Server-sent events. `since` None: all that is kept and not settled."""
        return Listener(self._thread, wanted, since).chunks(self._quiet)

    def announce(self, run_id: UUID) -> None:
        """A run was begun by the protocol: its end is told even if it never has its turn."""
        self._relay.announce(run_id, thread_id=self._thread_id)

    def number(self) -> int:
        """Above all that was told, and below all that a run begun now will tell."""
        for run in self._thread.runs[-1:]:
            if not run.closed:
                return caught_up(run).last
        return self._thread.now()

    def tree(self) -> dict[str, Json] | None:
        """The graphs of the newest run, the ones inside it too; None when no run is kept."""
        for run in self._thread.runs[-1:]:
            view = caught_up(run)
            return {
                "namespace": [],
                "status": run.outcome.status if run.outcome else "running",
                "graph_name": view.begun.graph_id,
                "children": view.subgraphs.below(),
                "metadata": {"run_id": str(view.begun.run_id)},
            }
        return None


def caught_up(run: RunEvents) -> RunView:
    view = view_of(run)
    view.catch_up(limit=run.last)
    return view
