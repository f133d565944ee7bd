"""A run that a call waits for, and what came of it: for protocols that answer with a result in place of a stream."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from assistants_app.domain.json_values import Json
from assistants_app.domain.messages import Role, read_message
from assistants_app.domain.stream import StreamEvent
from assistants_app.engine import engine
from assistants_app.models import Run

INTERRUPT = "__interrupt__"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run left: its values, or why it failed, or what it waits for."""

    values: Json = None
    error: str = ""
    interrupts: Sequence[Json] = ()

    @property
    def last_text(self) -> str:
        """What the assistant said last; "" of a graph that speaks in no messages."""
        messages = self.values.get("messages") if isinstance(self.values, dict) else None
        last = messages[-1] if isinstance(messages, list) and messages else None
        said = read_message(last) if isinstance(last, dict) else None
        return said.text if said and said.role is Role.AI else ""


class Listening:
    """Takes in a run's events, in the modes "values" and whatever else is streamed."""

    def __init__(self) -> None:
        self._values: Json = None
        self._error = ""
        self._interrupts: Sequence[Json] = ()

    def hear(self, event: StreamEvent) -> None:
        if event.event == "error":
            told = event.json
            self._error = str(told.get("message") or told.get("error")) if isinstance(told, dict) else str(told)
        elif event.event == "values":
            values = event.json
            if isinstance(values, dict) and INTERRUPT in values:
                asked = values.pop(INTERRUPT)
                self._interrupts = asked if isinstance(asked, list) else [asked]
                self._values = values or self._values
            else:
                self._values = values

    @property
    def outcome(self) -> Outcome:
        return Outcome(self._values, self._error, self._interrupts)


@asynccontextmanager
async def ending_with_caller(run: Run) -> AsyncIterator[None]:
    """Ends the run when whoever waits for it leaves the block before it has ended."""
    try:
        yield
    except BaseException:
        if engine().serving and not engine().stopping:
            engine().cancel(run.run_id)
        raise


async def outcome_of(run: Run, *, hear: Callable[[StreamEvent], Awaitable[None]] | None = None) -> Outcome:
    """Waits until the run has ended, and lets `hear` every event; ends it when the caller leaves before."""
    listening = Listening()
    async with ending_with_caller(run):
        async for event in engine().listen(run.run_id):
            listening.hear(event)
            if hear is not None:
                await hear(event)
    return listening.outcome
