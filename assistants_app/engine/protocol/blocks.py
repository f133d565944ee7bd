"""The parts of a message as it is written: text, reasoning, calls of tools, pictures.

Block and event shapes are those of the package langchain-protocol.
"""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import orjson
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage

Block = dict[str, Any]

GROWING = {"text": "text", "reasoning": "reasoning", "tool_call_chunk": "args", "server_tool_call_chunk": "args"}
"""Kinds of blocks that come in pieces, and the key that grows."""

HEAVY = frozenset(("args", "data", "base64", "output", "transcript", "value"))
"""What a block's start leaves to its end."""

CLASSES: dict[str, type[BaseMessage]] = {
    "AIMessageChunk": AIMessageChunk,
    "ai": AIMessage,
    "human": HumanMessage,
    "system": SystemMessage,
}


def blocks_of(message: Mapping[str, Any]) -> Iterator[tuple[Hashable, Block]]:
    """The blocks of a message or of a piece of one, each with what tells that pieces belong together."""
    content = message.get("content")
    calls = "tool_call_chunks" if message["type"].endswith("Chunk") else "tool_calls"
    if isinstance(content, str) and not (
        message.get(calls) or message.get("invalid_tool_calls") or message.get("additional_kwargs")
    ):
        if content:
            yield ("text", None), {"type": "text", "text": content}
        return
    for number, block in enumerate(_standard(message)):
        kind = block.get("type")
        if kind == "text" and not block.get("text") and "index" not in block:
            continue
        known = block.get("index")
        place = number if known is None and kind not in ("text", "reasoning") else known
        yield (kind, place), block


def _standard(message: Mapping[str, Any]) -> list[Block]:
    """LangChain's own reading of what the many providers write."""
    kind = CLASSES.get(message["type"], AIMessage)
    found = kind.model_validate(dict(message))
    blocks: list[Block] = [dict(block) for block in found.content_blocks]
    if kind is AIMessage:
        blocks += [{**call, "type": "invalid_tool_call"} for call in message.get("invalid_tool_calls") or ()]
    return blocks


def started(block: Block) -> Block:
    """A block as it begins: what grows is still empty, what is large comes with the end."""
    kind = str(block.get("type"))
    if growing := GROWING.get(kind):
        dropped = ("index", "annotations") if kind in ("text", "reasoning") else ()
        return {**{key: value for key, value in block.items() if key not in dropped}, growing: ""}
    begun = {key: value for key, value in block.items() if key not in HEAVY}
    if kind in ("tool_call", "server_tool_call"):
        begun["args"] = {}
    elif kind == "non_standard":
        begun["value"] = {}
    return begun


def delta_of(block: Block) -> Block | None:
    """What a piece adds, where it adds anything."""
    kind = block.get("type")
    if kind == "text" and block.get("text"):
        return {"type": "text-delta", "text": block["text"]}
    if kind == "reasoning" and block.get("reasoning"):
        return {"type": "reasoning-delta", "reasoning": block["reasoning"]}
    if kind in ("tool_call_chunk", "server_tool_call_chunk") and block.get("args"):
        return {"type": "tool-call-delta", "args": block["args"]}
    return None


def grown(whole: Block, piece: Block) -> Block:
    """The block so far with one more piece."""
    growing = GROWING.get(str(whole.get("type")))
    if growing is None or piece.get("type") != whole.get("type"):
        return dict(piece)
    added = {key: value for key, value in piece.items() if value is not None and key != growing}
    return {**whole, **added, growing: (whole.get(growing) or "") + (piece.get(growing) or "")}


def finished(block: Block) -> Block:
    """A block at its end: the calls of tools have their arguments read."""
    kind = str(block.get("type"))
    if not kind.endswith("tool_call_chunk"):
        return {key: value for key, value in block.items() if key != "index"} if kind in GROWING else block
    call = {"type": kind.removesuffix("_chunk"), "id": block.get("id") or "", "name": block.get("name") or ""}
    text = block.get("args") or "{}"
    try:
        return {**call, "args": orjson.loads(text)}
    except orjson.JSONDecodeError:
        error = "Failed to parse tool call arguments as JSON"
        return {**call, "type": "invalid_tool_call", "args": text, "error": error}
