"""A thread's turns as its page shows them: messages, the runs behind them, branches, what waits and what failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assistants_app.domain.json_values import Json
from assistants_app.domain.messages import CallState, Message, Role, ToolCall, Turn, read_message, read_messages, turns
from assistants_app.domain.messages_content import readable
from assistants_app.engine.threads.state import message_ids
from assistants_app.models import Run
from assistants_app.web.chat.asked import Asked, ask
from assistants_app.web.chat.facts import RatingView, facts_of, rating_of, runs_behind
from assistants_app.web.chat.reading import BROKEN, ThreadReading, inputs_of
from assistants_app.web.chat.tags import LONG_VALUE, as_text

_TITLES = {
    "GraphUnavailable": gettext_lazy("The graph is not available"),
    "GraphNotFound": gettext_lazy("The graph is not here any more"),
    "SettingsRefused": gettext_lazy("The graph refuses these settings"),
    "ModelNotReady": gettext_lazy("The model is not ready"),
    "GraphRecursionError": gettext_lazy("The graph took too many steps"),
    "Interrupted": gettext_lazy("The server was stopped"),
    "WorkerLost": gettext_lazy("It ended with its process, again and again"),
    "RunTimeout": gettext_lazy("It took too long"),
    "TimeoutError": gettext_lazy("It took too long"),
}


@dataclass(frozen=True, slots=True)
class Failure:
    title: str
    message: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """Steps between the branches of a message: addresses, "" at the ends."""

    place: int
    count: int
    previous: str
    next: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a graph without messages gave back."""

    rows: tuple[tuple[str, str, bool], ...]
    json: str


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn. `state` is idle, running or waiting; addresses that do not apply are ""."""

    key: str
    thread_url: str
    human: Message | None = None
    replies: tuple[Message, ...] = ()
    state: str = "idle"
    branch: str = ""
    facts: tuple[str, ...] = ()
    rating: RatingView | None = None
    switch: Switch | None = None
    reply_switch: Switch | None = None
    can_fork: bool = False
    error: Failure | None = None
    stopped: bool = False
    questions: tuple[Asked, ...] = ()
    paused: str = ""
    asked_by: str = ""
    """The run that asks; "" on a branch, whose address says it all."""
    run_id: str = ""
    input_value: Json = None
    input_json: str = ""
    result: Result | None = None
    replaces: str = ""

    @property
    def asks(self) -> bool:
        return bool(self.questions or self.paused)

    @property
    def by_several(self) -> bool:
        """Whether several agents speak in it: then their names are shown."""
        return len({reply.name for reply in self.replies if reply.role is Role.AI}) > 1

    @property
    def copyable(self) -> bool:
        return any(reply.text for reply in self.replies if reply.role is Role.AI)

    @property
    def stream(self) -> str:
        return f"{self._run}stream/" if self.state == "running" else ""

    @property
    def finish(self) -> str:
        return f"{self._run}turn/"

    @property
    def stop(self) -> str:
        return f"{self._run}stop/"

    @property
    def fork(self) -> str:
        return f"{self.thread_url}fork/"

    @property
    def retry(self) -> str:
        return f"{self.thread_url}retry/"

    @property
    def keep(self) -> str:
        """Where its question is kept as a test case."""
        return f"{self.thread_url}case/?" + urlencode({"turn": self.key, "branch": self.branch})

    @property
    def answer(self) -> str:
        return f"{self.thread_url}answer/"

    @property
    def raw(self) -> str:
        return f"{self.thread_url}raw/?" + urlencode({"branch": self.branch})

    @property
    def _run(self) -> str:
        return f"{self.thread_url}runs/{self.run_id}/"


def turn_views(
    reading: ThreadReading,
    *,
    takes_messages: bool,
    outputs: Sequence[str] = (),
    typed: tuple[Asked, ...] = (),
) -> list[TurnView]:
    """The turns, oldest first. `outputs` are the keys of what a graph without messages gives back; `typed` are the
    questions with answers that could not be used."""
    made = _conversation(reading) if takes_messages else _inputs(reading, outputs)
    if not made:
        return []
    last = made[-1]
    run = reading.runs[-1] if reading.runs else None
    if running := reading.running:
        made[-1] = replace(last, state="running", run_id=str(running.run_id), rating=None)
        return made
    questions = typed or ask(reading.questions)
    paused = reading.paused_before
    if run and run.status in BROKEN and not reading.branch:
        last = _broken_off(reading, last, run)
    if questions or paused:
        asked_by = str(run.run_id) if run and not reading.branch else ""
        last = replace(last, state="waiting", questions=questions, paused=paused, asked_by=asked_by)
        last = replace(last, stopped=False, rating=None)
    made[-1] = last
    return made


def _broken_off(reading: ThreadReading, turn: TurnView, run: Run) -> TurnView:
    """A turn whose run failed or was stopped, with what it had written and the state does not hold."""
    kept = set(message_ids(reading.state.values))
    written = [message for message in reading.unfinished if message.id not in kept]
    calls = [replace(message, tool_calls=tuple(_given_up(call) for call in message.tool_calls)) for message in written]
    stopped = run.status == Run.Status.INTERRUPTED
    error = None if stopped else _failure(run.error)
    return replace(turn, replies=(*turn.replies, *calls), stopped=stopped, error=error)


def _given_up(call: ToolCall) -> ToolCall:
    return call if call.result else replace(call, state=CallState.ERROR)


def _conversation(reading: ThreadReading) -> list[TurnView]:
    running = reading.running is not None
    messages = read_messages(
        reading.state.values.get("messages"), waiting=bool(reading.state.interrupts), running=running
    )
    found = list(turns(messages))
    if said := _not_yet_kept(reading, found):
        found.append(said)
    behind = runs_behind(reading)
    return [_turn_view(reading, turn, behind.get(turn.key)) for turn in found]


def _not_yet_kept(reading: ThreadReading, found: Sequence[Turn]) -> Turn | None:
    """What the newest run was given, when the thread's state does not hold it: just begun, or failed at the start."""
    run = reading.runs[-1] if reading.runs else None
    if run is None or reading.branch or run.status == Run.Status.SUCCESS:
        return None
    messages = run.input.get("messages") if isinstance(run.input, dict) else None
    given = [read_message(value) for value in messages] if isinstance(messages, list) else []
    said = next((message for message in reversed(given) if message.role is Role.HUMAN), None)
    if said is None or any(turn.key == said.id for turn in found):
        return None
    return Turn(said)


def _turn_view(reading: ThreadReading, turn: Turn, run: Run | None) -> TurnView:
    reply = next((message for message in turn.replies if message.id in reading.branches), None)
    human = turn.human
    return TurnView(
        key=turn.key,
        thread_url=reading.url,
        human=human,
        replies=turn.replies,
        branch=reading.branch,
        facts=facts_of(run, turn, reading.prices) if run else (),
        rating=rating_of(reading, run) if run else None,
        switch=_switch(reading, human.id, turn.key) if human else None,
        reply_switch=_switch(reading, reply.id, turn.key) if reply else None,
        can_fork=human is not None and bool(human.id) and not reading.running,
    )


def _inputs(reading: ThreadReading, outputs: Sequence[str]) -> list[TurnView]:
    """A graph without messages: one turn for each input; the state shows what came of the last."""
    runs = {run.run_id: run for run in reading.runs}
    made = [
        TurnView(
            key=str(run_id),
            thread_url=reading.url,
            input_value=given,
            input_json=readable(given),
            facts=facts_of(runs[run_id], prices=reading.prices),
            rating=rating_of(reading, runs[run_id]),
            branch=reading.branch,
        )
        for run_id, given in inputs_of(reading.thread)
        if run_id in runs
    ]
    if made and not reading.running:
        made[-1] = replace(made[-1], result=_result(reading.state.values, outputs))
    return made


def _result(values: Mapping[str, Json], outputs: Sequence[str]) -> Result:
    """What the graph says is its output; the whole state when it says nothing, or nothing of it is there."""
    values = {key: values[key] for key in outputs if key in values} or values
    rows = [(str(key), as_text(value)) for key, value in values.items()]
    return Result(
        tuple((key, text, len(text) > LONG_VALUE or "\n" in text) for key, text in rows), readable(dict(values))
    )


def _switch(reading: ThreadReading, message_id: str, key: str) -> Switch | None:
    found = reading.branches.get(message_id)
    if found is None or len(found.heads) < 2:
        return None

    def address(place: int) -> str:
        if not 0 <= place < len(found.heads):
            return ""
        return f"{reading.url}?{urlencode({'branch': found.heads[place]})}#turn-{key}"

    here = found.current
    return Switch(here + 1, len(found.heads), address(here - 1), address(here + 1))


def _failure(error: Json) -> Failure:
    told = error if isinstance(error, dict) else {}
    kind = str(told.get("error") or "")
    title = _TITLES.get(kind)
    message = str(told.get("message") or _("It gave no reason."))
    return Failure(str(title), message) if title else Failure(_("The run failed"), message, kind)
