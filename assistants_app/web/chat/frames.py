"""A run's stream events, folded into what the page's script puts on the screen.

Frames, each one JSON object:

* `reply`: {"message", "part": "text" | "reasoning", "from", "settled", "last"}: a growing text. `settled` is HTML
  that will not change, to be added behind the pieces before number `from` (0: the part begins anew); `last` is the
  HTML of the block that is still being written.
* `tool`: {"message", "call", "html"}: the card of one tool call, anew.
* `nodes`: {"nodes", "ran"}: the nodes that run, and those that did since the last frame; "child:node" in a subgraph.
* `progress`: {"text"}: something the graph says about its work (LangGraph's stream writer).

A run is folded from its first event for every listener, so whoever comes late, or comes back, gets one frame with all
that was written so far and then goes on; the script needs no memory.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import orjson
from django.template.loader import render_to_string

from assistants_app.domain.json_values import Json
from assistants_app.domain.messages import Message, Role, ToolCall, is_hidden, read_message
from assistants_app.domain.messages_content import Part, reasoning_of, text_of
from assistants_app.domain.stream import StreamEvent
from assistants_app.engine.events.nodes import NODES
from assistants_app.web.markdown import GrowingText

Frame = tuple[str, Json]

_UNSEEN_TAGS = {"nostream", "langsmith:nostream"}
_PROGRESS_LENGTH = 200


@dataclass(slots=True)
class _Reply:
    """One message while it is being written."""

    text: GrowingText = field(default_factory=GrowingText)
    reasoning: GrowingText = field(default_factory=GrowingText)
    arguments: dict[str, str] = field(default_factory=dict)
    """The arguments' JSON text so far, by call."""
    places: dict[Json, str] = field(default_factory=dict)
    """Which call a chunk's `index` stands for."""


class ReplyFrames:
    """`fold` takes in an event, `take` gives the frames of what has changed since it was last asked."""

    def __init__(self) -> None:
        self._replies: dict[str, _Reply] = {}
        self._calls: dict[str, tuple[str, ToolCall]] = {}
        self._changed: dict[tuple[str, str], None] = {}
        self._progress = ""
        self._nodes: list[str] = []
        self._ran: dict[str, None] = {}

    def fold(self, event: StreamEvent) -> None:
        mode = event.event.partition("|")[0]
        if mode == "messages":
            data = orjson.loads(event.data)
            if isinstance(data, list) and len(data) == 2 and isinstance(data[0], dict):
                tags = data[1].get("tags") if isinstance(data[1], dict) else None
                if not _UNSEEN_TAGS.intersection(tag for tag in tags or () if isinstance(tag, str)):
                    self._message(data[0])
        elif mode == NODES:
            self._run(orjson.loads(event.data))
        elif mode == "custom":
            self._say(orjson.loads(event.data))

    def take(self) -> Iterator[Frame]:
        changed, self._changed = self._changed, {}
        for kind, key in changed:
            if kind == "tool":
                message_id, call = self._calls[key]
                html = render_to_string("chat/_tool.html", {"call": call, "live": True})
                yield "tool", {"message": message_id, "call": call.id, "html": html}
            elif kind == "nodes":
                yield "nodes", {"nodes": self._nodes, "ran": [one for one in self._ran if one not in self._nodes]}
                self._ran = {}
            elif kind == "progress":
                yield "progress", {"text": self._progress}
            else:
                reply = self._replies[key]
                yield from _text_frames(key, kind, reply.text if kind == "text" else reply.reasoning)

    def messages(self) -> tuple[Message, ...]:
        """All that was written so far, as messages: what remains of a run that was stopped."""
        found = []
        for key, reply in self._replies.items():
            texts = (Part("reasoning", reply.reasoning.text), Part("text", reply.text.text))
            calls = tuple(call for message_id, call in self._calls.values() if message_id == key)
            found.append(Message(key, Role.AI, tuple(part for part in texts if part.text), None, tool_calls=calls))
        return tuple(message for message in found if not message.is_empty)

    def _message(self, data: dict[str, Json]) -> None:
        if self._is_next_word(data):
            return
        message = read_message(data)
        if message.role is Role.TOOL:
            self._result(message)
        if message.role is not Role.AI or not message.id or is_hidden(message.id):
            return
        content, extra = data.get("content"), data.get("additional_kwargs")
        grows = str(data.get("type", "")).endswith("Chunk")
        reply = self._replies.setdefault(message.id, _Reply())
        for kind, growing, text in (
            ("reasoning", reply.reasoning, reasoning_of(content, extra)),
            ("text", reply.text, text_of(content)),
        ):
            if grows and text:
                growing.add(text)
                self._changed[kind, message.id] = None
            elif text and growing.text != text:
                growing.replace(text)
                self._changed[kind, message.id] = None
        chunks = data.get("tool_call_chunks")
        if grows and isinstance(chunks, list):
            for chunk in chunks:
                self._call_chunk(message.id, reply, chunk)
        else:
            for call in message.tool_calls:
                self._put(message.id, call)

    def _is_next_word(self, data: dict[str, Json]) -> bool:
        """Takes in the usual piece, a few more letters of a text that is being written, in a tenth of the time."""
        reply = self._replies.get(data.get("id") or "")
        content = data.get("content")
        if reply is None or not isinstance(content, str) or data.get("type") != "AIMessageChunk":
            return False
        if data.get("tool_call_chunks") or data.get("tool_calls") or data.get("additional_kwargs"):
            return False
        if content:
            reply.text.add(content)
            self._changed["text", str(data["id"])] = None
        return True

    def _call_chunk(self, message_id: str, reply: _Reply, chunk: Json) -> None:
        if not isinstance(chunk, dict):
            return
        place = str(chunk.get("index"))
        call_id = str(chunk.get("id") or reply.places.get(place) or f"{message_id}:{place}")
        reply.places[place] = call_id
        reply.arguments[call_id] = reply.arguments.get(call_id, "") + str(chunk.get("args") or "")
        before = self._calls.get(call_id)
        name = (before[1].name if before else "") + str(chunk.get("name") or "")
        self._put(message_id, ToolCall(call_id, name, _arguments(reply.arguments[call_id])))

    def _put(self, message_id: str, call: ToolCall) -> None:
        self._calls[call.id] = (message_id, call)
        self._changed["tool", call.id] = None

    def _result(self, message: Message) -> None:
        if message.answers not in self._calls:
            return
        message_id, call = self._calls[message.answers]
        self._put(message_id, replace(call, state=message.call_state, result=message.parts))

    def _run(self, nodes: list[str]) -> None:
        self._ran |= dict.fromkeys(self._nodes)
        self._nodes = nodes
        self._changed["nodes", ""] = None

    def _say(self, data: Json) -> None:
        """Only what is plainly meant to be read: a text, or an object's own words for it."""
        if isinstance(data, dict):
            data = next((data[key] for key in ("status", "message", "progress", "text") if key in data), None)
        if isinstance(data, str) and data.strip():
            self._progress = data.strip()[:_PROGRESS_LENGTH]
            self._changed["progress", ""] = None


def _text_frames(message_id: str, part: str, growing: GrowingText) -> Iterator[Frame]:
    place = growing.settled
    settled, last = growing.render()
    yield (
        "reply",
        {"message": message_id, "part": part, "from": place, "settled": settled, "last": last},
    )


def _arguments(text: str) -> Json:
    """The arguments once their JSON is complete, the text itself while it is not."""
    try:
        return json.loads(text)
    except ValueError:
        return text
