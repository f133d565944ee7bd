"""LangChain's messages, as JSON, read into what a page shows.

Reads what the engine encodes (`{"type": "human" | "ai" | "tool" | …, "content": …, "id": …}`), and tolerates
what else a state may hold: `{"role": "user", …}`, serialised constructors, bare strings, and any junk. Nothing
here raises.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from assistants_app.domain.json_values import Json
from assistants_app.domain.language import gettext as _
from assistants_app.domain.messages_content import Part, read_parts

HIDDEN_PREFIX = "do-not-render-"
"""Messages with such an id stay out of the page: a convention of LangChain's own chat pages."""


class Role(StrEnum):
    HUMAN = "human"
    AI = "ai"
    SYSTEM = "system"
    TOOL = "tool"
    OTHER = "other"


_ROLES = {
    "human": Role.HUMAN,
    "user": Role.HUMAN,
    "ai": Role.AI,
    "assistant": Role.AI,
    "system": Role.SYSTEM,
    "developer": Role.SYSTEM,
    "tool": Role.TOOL,
    "function": Role.TOOL,
}


class CallState(StrEnum):
    RUNNING = "running"
    WAITING = "waiting"  # for a human
    DONE = "done"
    REJECTED = "rejected"  # by a human, so that it never ran
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that a model called, with the result once there is one."""

    id: str
    name: str
    arguments: Json
    state: CallState = CallState.RUNNING
    result: tuple[Part, ...] = ()
    fault: str = ""
    """Why the call could not even be read (LangChain's `invalid_tool_calls`), or ""."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, as the model's provider counted them."""

    input_tokens: int = 0
    output_tokens: int = 0

    def __bool__(self) -> bool:
        return bool(self.input_tokens or self.output_tokens)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a thread. `raw` is the JSON it was read from."""

    id: str
    role: Role
    parts: tuple[Part, ...]
    raw: Json
    name: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    answers: str = ""
    """For a tool's message: the id of the call that it answers."""
    failed: bool = False
    rejected: bool = False
    """For a tool's message: whether a human said no, so that the tool never ran."""
    usage: Usage = Usage()

    @property
    def call_state(self) -> CallState:
        """Of the call that a tool's message answers."""
        if self.rejected:
            return CallState.REJECTED
        return CallState.ERROR if self.failed else CallState.DONE

    @property
    def text(self) -> str:
        """What "copy" copies: the text alone, without reasoning."""
        return "\n\n".join(part.text for part in self.parts if part.kind == "text")

    @property
    def is_empty(self) -> bool:
        return not self.parts and not self.tool_calls


@dataclass(frozen=True, slots=True)
class Turn:
    """What a person said, and everything up to the next time."""

    human: Message | None
    replies: tuple[Message, ...] = ()

    @property
    def key(self) -> str:
        """The id of its first message."""
        first = self.human or (self.replies[0] if self.replies else None)
        return first.id if first else ""

    @property
    def messages(self) -> tuple[Message, ...]:
        return ((self.human,) if self.human else ()) + self.replies

    @property
    def usage(self) -> Usage:
        return Usage(
            sum(reply.usage.input_tokens for reply in self.replies),
            sum(reply.usage.output_tokens for reply in self.replies),
        )


def read_message(value: Json) -> Message:
    """One message; anything that is none becomes one of role OTHER that shows its JSON."""
    raw = value
    value = _unwrapped(value)
    if isinstance(value, str):
        return Message("", Role.HUMAN, read_parts(value), raw)
    if not isinstance(value, Mapping):
        return Message("", Role.OTHER, read_parts([value]), raw)
    kind = str(value.get("type") or value.get("role") or "").removesuffix("MessageChunk").removesuffix("Message")
    role = _ROLES.get(kind.lower(), Role.OTHER)
    if kind == "chat":
        role = _ROLES.get(str(value.get("role")).lower(), Role.OTHER)
    return Message(
        id=_string(value.get("id")),
        role=role,
        parts=read_parts(value.get("content"), value.get("additional_kwargs")),
        raw=raw,
        name=_string(value.get("name")),
        tool_calls=tuple(_read_calls(value)),
        answers=_string(value.get("tool_call_id")) if role is Role.TOOL else "",
        failed=value.get("status") == "error",
        rejected=_is_rejection(value),
        usage=read_usage(value.get("usage_metadata")),
    )


def read_messages(values: Json, *, waiting: bool = False, running: bool = False) -> tuple[Message, ...]:
    """The messages of a state's `messages` that a page shows: tool results sit with their calls.

    A call without a result is RUNNING while a run goes on, WAITING when a human is asked (`waiting`), and an
    ERROR otherwise: nothing will answer it any more.
    """
    items = values if isinstance(values, list) else [] if values is None else [values]
    messages = [message for message in map(read_message, items) if not is_hidden(message.id)]
    results = {message.answers: message for message in messages if message.answers}
    called = {call.id for message in messages for call in message.tool_calls}
    open_state = CallState.WAITING if waiting else CallState.RUNNING if running else CallState.ERROR
    shown: list[Message] = []
    for message in messages:
        if message.answers in called and message.answers:
            continue
        if message.role is Role.OTHER and _is_removal(message.raw):
            continue
        calls = tuple(_answered(call, results.get(call.id), open_state) for call in message.tool_calls)
        shown.append(replace(message, tool_calls=calls))
    return tuple(message for message in shown if not message.is_empty)


def turns(messages: Iterable[Message]) -> tuple[Turn, ...]:
    """The messages by turn; what comes before the first human message is a turn without one."""
    result: list[tuple[Message | None, list[Message]]] = []
    for message in messages:
        if message.role is Role.HUMAN:
            result.append((message, []))
        else:
            if not result:
                result.append((None, []))
            result[-1][1].append(message)
    return tuple(Turn(human, tuple(replies)) for human, replies in result)


def is_hidden(message_id: str) -> bool:
    return message_id.startswith(HIDDEN_PREFIX)


def read_usage(value: Json) -> Usage:
    if not isinstance(value, Mapping):
        return Usage()
    return Usage(_count(value.get("input_tokens")), _count(value.get("output_tokens")))


def _read_calls(value: Mapping[str, Json]) -> Iterator[ToolCall]:
    for call in _mappings(value.get("tool_calls")):
        function = call.get("function")
        if isinstance(function, Mapping):  # OpenAI's own shape, seen in states written by hand
            yield ToolCall(_string(call.get("id")), _string(function.get("name")), function.get("arguments"))
        else:
            yield ToolCall(_string(call.get("id")), _string(call.get("name")), call.get("args", {}))
    for call in _mappings(value.get("invalid_tool_calls")):
        fault = _string(call.get("error")) or _("the arguments are not valid JSON")
        yield ToolCall(
            _string(call.get("id")), _string(call.get("name")), call.get("args"), state=CallState.ERROR, fault=fault
        )


def _answered(call: ToolCall, result: Message | None, open_state: CallState) -> ToolCall:
    if result is None:
        return call if call.fault else replace(call, state=open_state)
    return replace(call, state=result.call_state, result=result.parts)


def _is_rejection(value: Mapping[str, Json]) -> bool:
    """What LangChain's middleware writes in place of a result when a human said no; older ones mark it by no more than
    its words."""
    more = value.get("additional_kwargs")
    told = more.get("lc_data") if isinstance(more, Mapping) else None
    if isinstance(told, Mapping) and told.get("decision") == "reject":
        return True
    return value.get("status") == "error" and str(value.get("content")).startswith("User rejected the tool call")


def _unwrapped(value: Json) -> Json:
    """The fields of a message in LangChain's serialised-constructor form, or in the `(role, content)` form."""
    if isinstance(value, Mapping) and value.get("type") == "constructor" and isinstance(value.get("kwargs"), Mapping):
        names = value.get("id")
        last = names[-1] if isinstance(names, list) and names else ""
        return {"type": _string(last).removesuffix("Chunk").removesuffix("Message").lower(), **value["kwargs"]}
    if isinstance(value, list) and len(value) == 2 and all(isinstance(item, str) for item in value):
        return {"type": value[0], "content": value[1]}
    return value


def _is_removal(raw: Json) -> bool:
    return isinstance(raw, Mapping) and raw.get("type") == "remove"


def _mappings(value: Json) -> Iterator[Mapping[str, Json]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, Mapping))


def _string(value: Json) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _count(value: Json) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
