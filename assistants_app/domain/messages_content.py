"""The content of a message: a string, or a list of blocks in the shapes that providers use.

Blocks are LangChain's own (`text`, `reasoning`, `image`, `file`, `audio`…) and, as models return them,
OpenAI's (`image_url`, `input_image`, `refusal`, reasoning summaries) and Anthropic's (`thinking`, image sources).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from assistants_app.domain.json_values import Json

PartKind = Literal["text", "reasoning", "image", "file", "json"]

_SAFE_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")

_TOLD_ELSEWHERE = frozenset(
    ("tool_use", "tool_call", "tool_call_chunk", "function_call", "input_json_delta", "invalid_tool_call")
)
"""Blocks that repeat the message's `tool_calls`."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of content: a text (Markdown when a model wrote it), an image as data: URL, a named file, JSON."""

    kind: PartKind
    text: str = ""
    url: str = ""
    """A data: URL of a safe image type; "" when the picture lies elsewhere (`text` then says where)."""


def read_parts(content: Json, extra: Json = None) -> tuple[Part, ...]:
    """The parts of a message's content; `extra` is its `additional_kwargs`, where some models put reasoning."""
    parts: list[Part] = []
    if isinstance(extra, Mapping) and isinstance(reasoning := extra.get("reasoning_content"), str) and reasoning:
        parts.append(Part("reasoning", reasoning))
    for part in _read_all(content):
        if parts and part.kind == parts[-1].kind and part.kind in ("text", "reasoning"):
            parts[-1] = Part(part.kind, parts[-1].text + part.text)
        elif part.text or part.url:
            parts.append(part)
    return tuple(parts)


def text_of(content: Json) -> str:
    """The text of a content or of a piece of it, without reasoning."""
    return "".join(part.text for part in _read_all(content) if part.kind == "text")


def reasoning_of(content: Json, extra: Json = None) -> str:
    """The reasoning in a content or in a piece of it."""
    return "".join(part.text for part in read_parts(content, extra) if part.kind == "reasoning")


def _read_all(content: Json) -> Iterator[Part]:
    if isinstance(content, str):
        yield Part("text", content)
    elif isinstance(content, list):
        for block in content:
            yield from _read_block(block)
    elif content is not None:
        yield Part("json", readable(content))


def _read_block(block: Json) -> Iterator[Part]:
    if isinstance(block, str):
        yield Part("text", block)
        return
    if not isinstance(block, Mapping):
        yield Part("json", readable(block))
        return
    kind = block.get("type")
    if kind in _TOLD_ELSEWHERE:
        return
    if kind in ("text", "output_text", "input_text", "text-plain") and isinstance(block.get("text"), str):
        yield Part("text", block["text"])
    elif kind == "refusal" and isinstance(block.get("refusal"), str):
        yield Part("text", block["refusal"])
    elif kind in ("reasoning", "thinking", "redacted_thinking", "reasoning_content"):
        yield Part("reasoning", _reasoning(block))
    elif kind in ("image", "image_url", "input_image"):
        yield _image(block)
    elif kind in ("file", "document", "input_file", "audio", "video"):
        yield Part("file", _file_name(block))
    else:
        yield Part("json", readable(block))


def _reasoning(block: Mapping[str, Json]) -> str:
    for key in ("reasoning", "thinking", "text", "reasoning_content"):
        value = block.get(key)
        if isinstance(value, str):
            return value
        if isinstance(value, Mapping) and isinstance(value.get("text"), str):
            return str(value["text"])
    summary = block.get("summary")
    if isinstance(summary, list):
        return "\n\n".join(
            item["text"] for item in summary if isinstance(item, Mapping) and isinstance(item.get("text"), str)
        )
    return ""


def _image(block: Mapping[str, Json]) -> Part:
    source = block.get("source")
    inner: Mapping[str, Json] = source if isinstance(source, Mapping) else {}
    mime = block.get("mime_type") or inner.get("media_type") or "image/png"
    data = block.get("base64") or block.get("data") or inner.get("data")
    address = block.get("image_url") or block.get("url") or inner.get("url")
    if isinstance(address, Mapping):
        address = address.get("url")
    if isinstance(data, str) and mime in _SAFE_IMAGES:
        return Part("image", "", f"data:{mime};base64,{data}")
    if isinstance(address, str) and address.startswith(tuple(f"data:{mime};base64," for mime in _SAFE_IMAGES)):
        return Part("image", "", address)
    if isinstance(address, str) and not address.startswith("data:"):
        return Part("image", address)
    return Part("image", str(mime))


def _file_name(block: Mapping[str, Json]) -> str:
    file = block.get("file")
    metadata = block.get("metadata")
    for place in (block, metadata, file):
        if isinstance(place, Mapping):
            for key in ("filename", "name", "title"):
                if isinstance(place.get(key), str) and place[key]:
                    return str(place[key])
    return str(block.get("mime_type") or block.get("type"))


def readable(value: Json) -> str:
    """JSON laid out for a reader; what is not JSON, as Python shows it."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=2)
    except (TypeError, ValueError, RecursionError):
        return repr(value)
