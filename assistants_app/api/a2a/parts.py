"""Between A2A's messages and a graph's input and output, in the official package's types. Import it late."""

import base64
from collections.abc import Sequence
from typing import Any

from a2a.helpers.proto_helpers import get_data_parts, get_text_parts, new_data_part, new_text_part
from a2a.types.a2a_pb2 import Artifact, Message, Part, Role, Task, TaskState, TaskStatus
from a2a.utils.errors import ContentTypeNotSupportedError, InvalidParamsError

from assistants_app.api.runs.outcomes import Outcome
from assistants_app.domain import messages
from assistants_app.domain.json_values import Json
from assistants_app.graphs.entries import GraphEntry
from assistants_app.models import Run

ANSWER = "Answer"

STATES = {
    Run.Status.PENDING: TaskState.TASK_STATE_SUBMITTED,
    Run.Status.RUNNING: TaskState.TASK_STATE_WORKING,
    Run.Status.SUCCESS: TaskState.TASK_STATE_COMPLETED,
    Run.Status.ERROR: TaskState.TASK_STATE_FAILED,
    Run.Status.INTERRUPTED: TaskState.TASK_STATE_CANCELED,
    Run.Status.TIMEOUT: TaskState.TASK_STATE_FAILED,
}


def graph_input(message: Message, entry: GraphEntry) -> Json:
    """What a graph is given of a message. Data parts are its input's fields; text and files are what a user says, or
    the one text that a graph without messages asks for. Raises InvalidParamsError, ContentTypeNotSupportedError."""
    fields: dict[str, Json] = {}
    for one in get_data_parts(message.parts):
        if not isinstance(one, dict):
            raise InvalidParamsError("A data part must be an object: the fields of the graph's input.")
        fields |= _whole(one)
    texts = get_text_parts(message.parts)
    files = [_file(part) for part in message.parts if part.HasField("raw") or part.HasField("url")]
    if entry.takes_messages:
        if texts or files:
            content: Json = "\n\n".join(texts)
            if files:
                content = [*({"type": "text", "text": text} for text in texts), *files]
            said = {"role": "user", "content": content, **({"id": message.message_id} if message.message_id else {})}
            earlier = fields.get("messages", [])
            fields["messages"] = [*(earlier if isinstance(earlier, list) else [earlier]), said]
    elif files:
        raise ContentTypeNotSupportedError("This assistant takes no files.")
    elif texts:
        fields[_text_field(entry, fields)] = "\n\n".join(texts)
    return fields


def _text_field(entry: GraphEntry, given: dict[str, Json]) -> str:
    """The one field that a text can only be meant for. Raises InvalidParamsError."""
    properties = (entry.input_schema or {}).get("properties", {})
    takes = [name for name, one in properties.items() if one.get("type") == "string" and name not in given]
    if len(takes) != 1:
        fields = ", ".join(properties) or "none that it tells"
        raise InvalidParamsError(f"This assistant takes a data part with the fields of its input: {fields}.")
    return str(takes[0])


def resume_value(message: Message) -> Json:
    """The answer to what a task waits for: its data, or its text."""
    data = get_data_parts(message.parts)
    return _whole(data[0]) if data else "\n\n".join(get_text_parts(message.parts))


def _file(part: Part) -> dict[str, Json]:
    kind = part.media_type.partition("/")[0]
    block: dict[str, Json] = {"type": kind if kind in {"image", "audio", "video"} else "file"}
    if part.media_type:
        block["mime_type"] = part.media_type
    if part.HasField("url"):
        return {**block, "url": part.url}
    return {**block, "base64": base64.b64encode(part.raw).decode()}


def _whole(value: Any) -> Any:
    """The same with whole numbers as such: protobuf knows no integers in JSON."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(one) for key, one in value.items()}
    return [_whole(one) for one in value] if isinstance(value, list) else value


def task_of(task_id: str, run: Run, outcome: Outcome) -> Task:
    """A task as its newest run left it."""
    context_id = str(run.thread_id)
    task = Task(id=task_id, context_id=context_id, status=status_of(task_id, run, outcome))
    task.history.extend(_history(outcome.values, context_id, task_id))
    if task.status.state == TaskState.TASK_STATE_COMPLETED:
        task.artifacts.append(answer_of(task_id, outcome))
    return task


def status_of(task_id: str, run: Run, outcome: Outcome) -> TaskStatus:
    state = STATES[Run.Status(run.status)]
    parts: list[Part] = []
    if state == TaskState.TASK_STATE_COMPLETED and outcome.interrupts:
        state = TaskState.TASK_STATE_INPUT_REQUIRED
        parts = [*_questions(outcome.interrupts), new_data_part({"interrupts": list(outcome.interrupts)})]
    elif state == TaskState.TASK_STATE_FAILED:
        parts = [new_text_part(outcome.error or "The run failed.")]
    status = TaskStatus(state=state)
    status.timestamp.FromDatetime(run.finished_at or run.started_at or run.created_at)
    if parts:
        status.message.CopyFrom(
            Message(
                message_id=f"{run.run_id}-status",
                role=Role.ROLE_AGENT,
                parts=parts,
                task_id=task_id,
                context_id=str(run.thread_id),
            )
        )
    return status


def _questions(interrupts: Sequence[Json]) -> list[Part]:
    """What is asked in plain words, where it is."""
    values = [one.get("value") if isinstance(one, dict) else one for one in interrupts]
    asked = [one.get("question", one.get("description")) if isinstance(one, dict) else one for one in values]
    return [new_text_part(one) for one in asked if isinstance(one, str) and one]


def answer_of(task_id: str, outcome: Outcome) -> Artifact:
    """What a task came to: the assistant's last words, else the graph's values."""
    text = outcome.last_text
    return Artifact(
        artifact_id=f"{task_id}-answer", name=ANSWER, parts=[_part(text) if text else _part(outcome.values)]
    )


def _part(value: Json) -> Part:
    return new_text_part(value) if isinstance(value, str) else new_data_part(value)


def _history(values: Json, context_id: str, task_id: str) -> list[Message]:
    """What was said on the thread; tools' words stay out."""
    said = values.get("messages") if isinstance(values, dict) else None
    roles = {messages.Role.HUMAN: Role.ROLE_USER, messages.Role.AI: Role.ROLE_AGENT}
    return [
        Message(
            message_id=one.id or f"{task_id}-{number}",
            role=roles[one.role],
            parts=[new_text_part(one.text)],
            context_id=context_id,
            task_id=task_id,
        )
        for number, one in enumerate(messages.read_messages(said))
        if one.role in roles and one.text
    ]
