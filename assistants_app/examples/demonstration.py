"""A chat model that needs no key and no network: it shows what settings do, and knows nothing.

Its answers are made of ready sentences. They follow the instructions that it reads line by line in the system
prompt ("Tone: formal", "Length: at most 80 words"…), so two assistants with different settings answer differently.
With tools bound it asks for those that the last question names, several at once when it names several.
"""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from assistants_app.examples.demonstration_text import compose
from assistants_app.examples.demonstration_tools import ToolCall, answer_from_results, choose_tools, introduce

NAME = "demo"
DELAY = "ASSISTANTS_DEMO_DELAY"
"""The environment variable with the seconds between two words; 0.02 when it is not set."""


class DemonstrationModel(BaseChatModel):
    """Streams word by word. A higher temperature varies the order of its sentences."""

    temperature: float = 0.0

    @property
    def _llm_type(self) -> str:
        return "demonstration"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": NAME, "temperature": self.temperature}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[Any, Any]:
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._chunks(messages, kwargs.get("tools", [])))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self._chunks(messages, kwargs.get("tools", [])):
            time.sleep(_delay())
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._chunks(messages, kwargs.get("tools", [])):
            await asyncio.sleep(_delay())
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    def _chunks(self, messages: list[BaseMessage], tools: list[dict[str, Any]]) -> Iterator[ChatGenerationChunk]:
        calls = choose_tools(messages, tools)
        text = "" if calls else self._answer(messages, tools)
        words = re.findall(r"\s*\S+\s*", text)
        for word in words:
            yield ChatGenerationChunk(message=AIMessageChunk(content=word))
        yield self._end(messages, calls, len(words))

    def _answer(self, messages: list[BaseMessage], tools: list[dict[str, Any]]) -> str:
        if tools:
            return answer_from_results(messages) or introduce(messages, tools)
        return compose(messages, self.temperature)

    @staticmethod
    def _end(messages: list[BaseMessage], calls: list[ToolCall], words: int) -> ChatGenerationChunk:
        chunks = [
            tool_call_chunk(name=call.name, args=call.arguments, id=call.call_id, index=index)
            for index, call in enumerate(calls)
        ]
        read = sum(len(str(message.content).split()) for message in messages)
        usage = UsageMetadata(input_tokens=read, output_tokens=words, total_tokens=read + words)
        message = AIMessageChunk(
            content="",
            tool_call_chunks=chunks,
            usage_metadata=usage,
            response_metadata={"model_name": NAME, "finish_reason": "tool_calls" if calls else "stop"},
            chunk_position="last",
        )
        return ChatGenerationChunk(message=message)


def _delay() -> float:
    return float(os.environ.get(DELAY, "0.02"))
