"""What a run is asked for: the bodies of the operations that begin one."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assistants_app.api.fields import JsonObject
from assistants_app.api.operations import Body

StreamMode = Literal[
    "values", "messages", "messages-tuple", "tasks", "checkpoints", "updates", "events", "debug", "custom"
]
Nodes = Literal["*"] | list[str]
Multitask = Literal["reject", "rollback", "interrupt", "enqueue"]

LONGEST_WAIT = 10 * 365 * 24 * 3600
"""Seconds that a run may be asked to wait for its start."""


class Send(Body):
    """A node to go to, with an input of its own."""

    node: str
    input: Any = None


class Command(Body):
    """How to go on where a graph waits: an answer, a change of the state, another node. At least one of them."""

    update: JsonObject | list[Annotated[tuple[str, Any], Field(strict=False)]] | None = None
    resume: Any = None
    goto: Send | str | list[Send | str] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Command":
        if self.update is None and self.resume is None and self.goto is None:
            raise ValueError('a command needs "resume", "update" or "goto"')
        return self


class RunConfig(BaseModel):
    """LangGraph's config. Of its other keys none means anything in a request, so they are passed over."""

    model_config = ConfigDict(strict=True, extra="ignore")

    tags: list[str] | None = None
    recursion_limit: Annotated[int, Field(ge=1)] | None = None
    max_concurrency: Annotated[int, Field(ge=1)] | None = None
    run_name: str | None = None
    metadata: JsonObject | None = None
    configurable: JsonObject | None = None


class Checkpoint(Body):
    """A place in a thread's history."""

    thread_id: str | None = None
    checkpoint_ns: str | None = None
    checkpoint_id: str | None = None
    checkpoint_map: JsonObject | None = None


class RunCreate(Body):
    """What every run may be asked for. `context` goes key by key over the assistant's own."""

    assistant_id: str
    """The UUID of an assistant, or the name of a graph: then its own assistant runs."""
    assistant_version: Annotated[int, Field(ge=1)] | None = None
    """Of ours: the version to run in place of the live one."""
    time_limit: Annotated[float, Field(gt=0, le=LONGEST_WAIT)] | None = None
    """Of ours: seconds that an attempt may take before it ends as timed out."""
    input: Any = None
    command: Command | None = None
    metadata: JsonObject | None = None
    config: RunConfig | None = None
    context: JsonObject | None = None
    webhook: str | None = None
    interrupt_before: Nodes | None = None
    interrupt_after: Nodes | None = None
    stream_mode: StreamMode | list[StreamMode] | None = None
    stream_subgraphs: bool | None = None
    stream_resumable: bool | None = None
    feedback_keys: list[str] | None = None
    after_seconds: Annotated[float, Field(ge=0, le=LONGEST_WAIT)] | None = None
    checkpoint_during: bool | None = None
    """The older name of `durability`: true is "async", false is "exit"."""
    durability: Literal["sync", "async", "exit"] | None = None
    on_disconnect: Literal["cancel", "continue"] | None = None
    raise_error: bool | None = None
    """Of clients, who raise what `__error__` tells; nothing changes here."""
    langsmith_tracer: JsonObject | None = None
    """Taken and not used: nothing is traced to LangSmith."""


class ThreadRunCreate(RunCreate):
    """A run on a thread."""

    checkpoint: Checkpoint | None = None
    checkpoint_id: str | None = None
    multitask_strategy: Multitask | None = None
    if_not_exists: Literal["create", "reject"] | None = None
    strict_resume: bool | None = None


class StatelessRunCreate(RunCreate):
    """A run on a thread of its own, which goes when the run has ended unless it is to be kept."""

    on_completion: Literal["delete", "keep"] | None = None
    if_not_exists: Literal["create", "reject"] | None = None
    """Without a meaning here; some clients send it always."""
