"""Graphs for the tests of the chat, listed in `tests/langgraph.json`: they echo, ask in every way, fail once."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import BaseModel, Field, field_validator

Said = dict[str, list[AnyMessage]]


class EchoSettings(BaseModel):
    """How the echo answers."""

    prefix: str = Field(default="You said:", title="Prefix")
    delay: float = Field(default=0.0, ge=0, title="Delay", description="Seconds between two words.")


class EchoModel(BaseChatModel):
    """Says what it was told, word by word."""

    prefix: str = ""
    delay: float = 0.0

    @property
    def _llm_type(self) -> str:
        return "echo"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(f"{self.prefix} {messages[-1].text}"))])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for place, word in enumerate(f"{self.prefix} {messages[-1].text}".split(" ")):
            await asyncio.sleep(self.delay)
            yield ChatGenerationChunk(message=AIMessageChunk(f" {word}" if place else word))


async def _echo(state: MessagesState, runtime: Runtime[EchoSettings]) -> Said:
    settings = runtime.context or EchoSettings()
    model = EchoModel(prefix=settings.prefix, delay=settings.delay)
    return {"messages": [await model.ainvoke(state["messages"])]}


echo = (
    StateGraph(MessagesState, context_schema=EchoSettings)
    .add_node("echo", _echo)
    .add_edge(START, "echo")
    .add_edge("echo", END)
)
"""Answers "<prefix> <the message>", word by word, `delay` seconds apart."""


class Booking(BaseModel):
    """What is to be booked."""

    seats: int = Field(ge=1, title="Seats")
    window: bool = Field(default=False, title="At the window")

    @field_validator("seats")
    @classmethod
    def _no_thirteen(cls, seats: int) -> int:
        """What no JSON Schema says, so that no form can check it."""
        if seats == 13:
            raise ValueError("there is no row 13")
        return seats


ARGUMENTS = {"to": "ann@example.org", "copies": 2, "urgent": False, "tags": ["a"]}
QUESTIONS: dict[str, Any] = {
    "any": {"question": "Which colour?", "offered": ["red", "blue"]},
    "batch": {
        "action_requests": [
            {"name": "send_email", "args": ARGUMENTS, "description": "Send this?"},
            {"name": "delete_file", "args": {"path": "/tmp/a"}},
        ],
        "review_configs": [
            {"action_name": "send_email", "allowed_decisions": ["approve", "edit", "reject"]},
            {"action_name": "delete_file", "allowed_decisions": ["approve", "reject"]},
        ],
    },
    "older": [
        {
            "action_request": {"action": "send_email", "args": ARGUMENTS},
            "config": {"allow_accept": True, "allow_edit": True, "allow_respond": True, "allow_ignore": True},
            "description": "Look at it first.",
        }
    ],
}


def _decision(name: str) -> dict[str, Any]:
    return {"type": "object", "properties": {"type": {"const": name}}, "required": ["type"]}


def _call(name: str) -> Any:
    value = {"type": "tool_approval", "tool_call_id": name, "name": name, "args": {"n": 1}, "description": f"{name}?"}
    return interrupt(value, response_schema={"oneOf": [_decision("approve"), _decision("reject")]})


def _ask(state: MessagesState) -> Said:
    kind = state["messages"][-1].text
    if kind == "form":
        booking = interrupt({"question": "Which seats?"}, response_schema=Booking)
        answer: Any = booking.model_dump() if isinstance(booking, Booking) else booking
    elif kind == "calls":
        answer = _call("first")
    elif kind == "twice":
        answer = [interrupt("Which colour?"), interrupt("Which size?")]
    else:
        answer = interrupt(QUESTIONS[kind])
    return {"messages": [AIMessage(f"`{json.dumps(answer)}`", id=f"answer-{kind}")]}


def _ask_too(state: MessagesState) -> Said:
    if state["messages"][-1].text != "calls":
        return {"messages": []}
    return {"messages": [AIMessage(f"`second {json.dumps(_call('second'))}`")]}


asks = (
    StateGraph(MessagesState)
    .add_node("ask", _ask)
    .add_node("ask_too", _ask_too)
    .add_edge(START, "ask")
    .add_edge(START, "ask_too")
)
"""Asks in the way that the message names (form, batch, calls, older, twice, any), then says the answer as JSON."""


def _work(state: MessagesState) -> Said:
    return {"messages": [AIMessage("Worked.")]}


pauses = StateGraph(MessagesState).add_node("work", _work).add_edge(START, "work").compile(interrupt_before=["work"])
"""Stops before its only node, by `interrupt_before`."""


_failed: set[str] = set()


def _fail_once(state: MessagesState) -> Said:
    said = str(state["messages"][-1].id)
    if said not in _failed:
        _failed.add(said)
        raise ValueError("the line was <b>cut</b>")
    return {"messages": [AIMessage("Now it works.")]}


flaky = StateGraph(MessagesState).add_node("work", _fail_once).add_edge(START, "work")
"""Fails at the first try of every message."""


def look_up(number: int) -> str:
    """Look something up."""
    return "\n".join(f"line {line} of <script>alert({number})</script>" for line in range(8))


def _use_tool(state: MessagesState) -> Said:
    call = {"id": f"call-{len(state['messages'])}", "name": "look_up", "args": {"number": 7}}
    return {"messages": [AIMessage("", tool_calls=[call])]}


def _conclude(state: MessagesState) -> Said:
    assert isinstance(state["messages"][-1], ToolMessage)
    return {"messages": [AIMessage("unseen", id="do-not-render-1"), AIMessage("**Found** it.")]}


uses_tool = (
    StateGraph(MessagesState)
    .add_node("use", _use_tool)
    .add_node("tools", ToolNode([look_up]))
    .add_node("conclude", _conclude)
    .add_edge(START, "use")
    .add_edge("use", "tools")
    .add_edge("tools", "conclude")
)
"""Calls a tool with a long result, then concludes; one of its messages is not to be rendered."""
