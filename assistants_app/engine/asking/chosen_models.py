"""Models that the operator chose for the site's own questions: one question, one reply, within a time."""

import asyncio
from functools import lru_cache
from typing import Any


async def reply_of(name: str, instructions: str, text: str, *, seconds: float) -> str:
    """Raises TimeoutError, and whatever a provider's package raises."""
    async with asyncio.timeout(seconds):
        model = await asyncio.to_thread(_model, name)
        reply = await model.ainvoke([("system", instructions), ("human", text)])
    return str(reply.text)


@lru_cache(maxsize=4)
def _model(name: str) -> Any:
    from langchain.chat_models import init_chat_model

    return init_chat_model(name)
