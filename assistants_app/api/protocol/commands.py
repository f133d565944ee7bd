"""What the commands of the thread-centred protocol do."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, ValidationError, model_validator

from assistants_app.api.calls import Call
from assistants_app.api.fields import JsonObject
from assistants_app.api.operations import Body, NoQuery
from assistants_app.api.reading import described
from assistants_app.api.runs.accepting import accept_run
from assistants_app.api.runs.bodies import Command, Multitask, RunConfig, Send, ThreadRunCreate
from assistants_app.api.threads.threads import seen_thread
from assistants_app.engine import engine
from assistants_app.engine.events.encoding import to_json
from assistants_app.models import Run, Thread

B = TypeVar("B", bound=BaseModel)

STREAMED = ["values", "updates", "messages-tuple", "tools", "custom", "tasks", "checkpoints"]
"""The stream modes that all channels together are made of."""

Goto = Send | str | list[Send | str]


class CommandError(Exception):
    """`code` is one of the protocol's error codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Given:
    """What a command is given."""

    call: Call[Any, NoQuery]
    thread_id: uuid.UUID
    params: Mapping[str, Any]

    def read(self, model: type[B]) -> B:
        """Raises CommandError."""
        try:
            return model.model_validate(dict(self.params))
        except ValidationError as error:
            raise CommandError("invalid_argument", described(error)) from None


class StreamedRun(ThreadRunCreate):
    """A run that streams everything which the protocol tells."""

    stream_mode: list[str] = STREAMED  # type: ignore[assignment]


class RunStart(Body):
    assistant_id: str
    input: Any = None
    config: RunConfig | None = None
    context: JsonObject | None = None
    metadata: JsonObject | None = None
    assistant_version: Annotated[int, Field(ge=1)] | None = None
    """Of ours, as in every run."""
    multitask_strategy: Multitask | None = None
    multitaskStrategy: Multitask | None = None
    """As older clients spell it."""


class Response(Body):
    namespace: list[str] = []
    interrupt_id: str
    response: Any = None


class InputRespond(Body):
    """One answer, or several at once."""

    namespace: list[str] = []
    interrupt_id: str | None = None
    response: Any = None
    responses: list[Response] | None = Field(default=None, min_length=1, max_length=1000)
    update: JsonObject | list[Annotated[tuple[str, Any], Field(strict=False)]] | None = None
    goto: Goto | None = None
    config: RunConfig | None = None
    metadata: JsonObject | None = None

    @model_validator(mode="after")
    def _answers_something(self) -> "InputRespond":
        if (self.interrupt_id is None) == (self.responses is None):
            raise ValueError('give either "interrupt_id" and "response", or "responses"')
        return self

    def answers(self) -> dict[str, Any]:
        if self.responses is not None:
            return {one.interrupt_id: one.response for one in self.responses}
        return {str(self.interrupt_id): self.response}


class StateGet(Body):
    namespace: list[str] = []
    keys: list[str] | None = None


class ListCheckpoints(Body):
    namespace: list[str] = []
    limit: int = Field(default=10, ge=1, le=1000)
    before: str | None = None


class StateFork(Body):
    checkpoint_id: str
    input: Any = None
    config: RunConfig | None = None


async def run_start(given: Given) -> dict[str, Any]:
    asked = given.read(RunStart)
    strategy = asked.multitask_strategy or asked.multitaskStrategy
    run = await _start(given, asked.assistant_id, asked, {"input": asked.input, "multitask_strategy": strategy})
    return {"run_id": str(run.run_id)}


async def input_respond(given: Given) -> dict[str, Any]:
    """Goes on with what waits, once the run that asked has ended: it asks a moment before."""
    asked = given.read(InputRespond)
    await seen_thread(given.call, "create_run")
    answers = asked.answers()
    run_id, assistant_id = await _last_run(given)
    async for _nothing in engine().listen_end(run_id):
        pass
    waiting = await given.call.sync(_waiting, given.thread_id)
    if unknown := sorted(answers.keys() - waiting):
        raise CommandError("no_such_interrupt", f"Nothing waits for an answer to {unknown[0][:100]!r}.")
    command: dict[str, Any] = {"resume": answers}
    if asked.update is not None:
        command["update"] = asked.update
    if asked.goto is not None:
        command["goto"] = asked.goto
    run = await _start(given, assistant_id, asked, {"command": Command.model_validate(command)})
    return {"run_id": str(run.run_id)}


async def agent_get_tree(given: Given) -> dict[str, Any]:
    await seen_thread(given.call, "read")
    tree = (await engine().protocol(given.thread_id)).tree()
    if tree is None:
        raise CommandError("no_such_run", "No run of this thread goes on or ended a short while ago.")
    return {"tree": tree}


async def state_get(given: Given) -> dict[str, Any]:
    asked = given.read(StateGet)
    _require_root(asked.namespace)
    await seen_thread(given.call, "read")
    state = await engine().thread_state(given.thread_id)
    values = to_json(state.values)
    if asked.keys is not None and isinstance(values, dict):
        values = {key: values[key] for key in asked.keys if key in values}
    return {"values": values} | ({"checkpoint": {"id": state.checkpoint_id}} if state.checkpoint_id else {})


async def state_list_checkpoints(given: Given) -> dict[str, Any]:
    asked = given.read(ListCheckpoints)
    _require_root(asked.namespace)
    await seen_thread(given.call, "read")
    found = await engine().history(given.thread_id, limit=asked.limit, before=asked.before)
    return {
        "checkpoints": [
            {
                "id": state.checkpoint_id,
                "timestamp": state.created_at,
                "step": (state.metadata or {}).get("step", -1),
                "metadata": to_json(state.metadata),
            }
            for state in found
        ]
    }


async def state_fork(given: Given) -> dict[str, Any]:
    asked = given.read(StateFork)
    await seen_thread(given.call, "create_run")
    _run_id, assistant_id = await _last_run(given)
    place = {"input": asked.input, "checkpoint_id": asked.checkpoint_id}
    run = await _start(given, assistant_id, asked, place)
    return {"run_id": str(run.run_id), "thread_id": str(run.thread_id)}


async def not_supported(given: Given) -> dict[str, Any]:
    raise CommandError("not_supported", "This server does not support this command over HTTP.")


Perform = Callable[[Given], Awaitable[dict[str, Any]]]

COMMANDS: dict[str, Perform] = {
    "run.start": run_start,
    "input.respond": input_respond,
    "input.inject": not_supported,
    "agent.getTree": agent_get_tree,
    "state.get": state_get,
    "state.listCheckpoints": state_list_checkpoints,
    "state.fork": state_fork,
    "subscription.subscribe": not_supported,
    "subscription.unsubscribe": not_supported,
    "subscription.reconnect": not_supported,
}


async def _start(given: Given, assistant_id: str, asked: BaseModel, more: dict[str, Any]) -> Run:
    """Accept a run that streams everything, and start it."""
    options = {key: getattr(asked, key, None) for key in ("config", "context", "metadata", "assistant_version")}
    wanted = {key: value for key, value in {**options, **more}.items() if value is not None}
    body = StreamedRun(
        assistant_id=assistant_id,
        stream_mode=STREAMED,
        stream_subgraphs=True,
        stream_resumable=True,
        if_not_exists="create",
        **wanted,
    )
    run = await accept_run(given.call, body, given.thread_id)
    (await engine().protocol(run.thread_id)).announce(run.run_id)
    return run


async def _last_run(given: Given) -> tuple[uuid.UUID, str]:
    """The id of the thread's newest run, and of its assistant. Raises CommandError."""
    runs = Run.objects.filter(thread_id=given.thread_id).order_by("-number")
    last = await given.call.sync(runs.values_list("run_id", "assistant__assistant_id").first)
    if last is None or last[1] is None:
        raise CommandError("no_such_run", "This thread has no run to go on from.")
    return last[0], str(last[1])


def _waiting(thread_id: uuid.UUID) -> set[str]:
    """The interrupts that a thread waits for, by id."""
    interrupts = Thread.objects.only("interrupts").get_by_uuid(thread_id).interrupts
    return {str(one.get("id")) for several in (interrupts or {}).values() for one in several}


def _require_root(namespace: list[str]) -> None:
    if namespace:
        raise CommandError(
            "no_such_namespace", "Only the state of the whole thread is told here, not of a graph inside."
        )
