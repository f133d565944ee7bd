"""What a thread holds after a run, read as the answer to what the run was given."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assistants_app.domain.errors import InvalidJson
from assistants_app.domain.json_values import ABSENT, Absent, Json, load_strict
from assistants_app.domain.messages import Message, Role, read_messages, turns

KEPT: Final = 20_000
"""Characters of an answer, and of its tools' arguments together, that are kept to be shown."""

_FENCED = re.compile(r"\s*```\w*\s*\n(.*?)\n?\s*```\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Call:
    """A tool that was called."""

    name: str
    arguments: Json


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` is what a person reads; `value` what a program does, ABSENT when the text is no JSON."""

    text: str = ""
    value: Json | Absent = ABSENT
    calls: tuple[Call, ...] = ()

    @property
    def as_json(self) -> dict[str, Json]:
        """As it is kept to be shown; what is long is cut."""
        calls: list[Json] = []
        left = KEPT
        for call in self.calls:
            arguments = json.dumps(call.arguments, ensure_ascii=False)
            calls.append({"name": call.name, "arguments": arguments[:left]})
            left = max(0, left - len(arguments))
        return {"text": self.text[:KEPT], "cut": len(self.text) > KEPT, "calls": calls}


def answer_in(values: Json, outputs: Sequence[str] = ()) -> Answer:
    """The answer of a graph with messages: the last text that the assistant wrote in its last turn, and the tools that
    it called there. Of any other graph: the values that it calls its output, or all that its thread holds."""
    if not isinstance(values, dict):
        return Answer()
    if "messages" in values:
        return _said(read_messages(values["messages"]))
    found = {key: values[key] for key in outputs if key in values} or values
    only = next(iter(found.values())) if len(found) == 1 else None
    text = only if isinstance(only, str) else json.dumps(found, indent=2, ensure_ascii=False)
    return Answer(text, found)


def _said(messages: Sequence[Message]) -> Answer:
    found = turns(messages)
    replies = found[-1].replies if found else ()
    spoken = [reply.text for reply in replies if reply.role is Role.AI and reply.text.strip()]
    text = spoken[-1] if spoken else ""
    calls = tuple(Call(call.name, call.arguments) for reply in replies for call in reply.tool_calls)
    return Answer(text, value_of(text), calls)


def value_of(text: str) -> Json | Absent:
    """The JSON that a text is, also in a fence of Markdown."""
    fenced = _FENCED.fullmatch(text)
    try:
        return load_strict(fenced[1] if fenced else text)
    except InvalidJson:
        return ABSENT
