"""A graph whose models tell what they used up, in the ways that providers do; listed in `tests/langgraph.json`."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, BaseMessage
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.graph import START, MessagesState, StateGraph


class MeteredModel(BaseChatModel):
    """Answers "Yes." with 100 tokens in and 10 out. `kind` is how: counted, uncounted, failing, cut."""

    model_name: str = "small"
    answers_as: str = "small-2025"
    kind: str = "counted"
    cached: int = 0
    audio: int = 0

    @property
    def _llm_type(self) -> str:
        return "metered"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **more: Any,
    ) -> ChatResult:
        if self.kind == "failing":
            raise ValueError("the provider fell over")
        usage = UsageMetadata(
            input_tokens=100,
            output_tokens=10,
            total_tokens=110,
            input_token_details=InputTokenDetails(cache_read=self.cached),
            output_token_details=OutputTokenDetails(reasoning=3, audio=self.audio),
        )
        message = AIMessage(
            "Yes.",
            usage_metadata=None if self.kind == "uncounted" else usage,
            response_metadata={"model_name": self.answers_as},
        )
        return ChatResult(generations=[ChatGeneration(message=message)])


class CutModel(MeteredModel):
    """Says "half" of what it has to say, and waits."""

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **more: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        yield ChatGenerationChunk(message=AIMessageChunk("half"))
        await asyncio.sleep(30)


async def _answer(state: MessagesState) -> dict[str, list[AnyMessage]]:
    said = state["messages"][-1].text
    answers: list[AnyMessage] = [await MeteredModel(cached=40 if said == "two" else 0).ainvoke(state["messages"])]
    if said == "two":
        large = MeteredModel(model_name="large", answers_as="large-2025", audio=7)
        answers.append(await large.ainvoke(state["messages"]))
    if said == "cut":
        await CutModel().ainvoke(state["messages"])
    if said in ("uncounted", "failing"):
        await MeteredModel(kind=said).ainvoke(state["messages"])
    return {"messages": answers}


metered = StateGraph(MessagesState).add_node("answer", _answer).add_edge(START, "answer")
"""Asks a small model; as the message says, another too: two, uncounted, failing, cut."""
