"""Messages as they are written, from LangGraph's pieces to the protocol's events: start, blocks, finish."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from assistants_app.engine.protocol.blocks import Block, blocks_of, delta_of, finished, grown, started

Data = dict[str, Any]

ROLES = {"human": "human", "system": "system"}


@dataclass(slots=True)
class Writing:
    """A message that is being written."""

    names: dict[str, str]
    """What every event of it carries: clients tell messages that are written at once apart by these."""
    blocks: dict[Hashable, tuple[int, Block]] = field(default_factory=dict)
    usage: Data = field(default_factory=dict)
    told: Data = field(default_factory=dict)

    def piece(self, message: Mapping[str, Any]) -> Iterator[Data]:
        for key, block in blocks_of(message):
            if key in self.blocks:
                index, whole = self.blocks[key]
                self.blocks[key] = index, grown(whole, block)
            else:
                index = len(self.blocks)
                self.blocks[key] = index, dict(block)
                yield {"event": "content-block-start", "index": index, "content": started(block), **self.names}
            if delta := delta_of(block):
                yield {"event": "content-block-delta", "index": index, "delta": delta, **self.names}
        if used := message.get("usage_metadata"):
            self.usage = added(self.usage, used)
        self.told.update(message.get("response_metadata") or {})

    def finish(self) -> Iterator[Data]:
        for index, block in self.blocks.values():
            yield {"event": "content-block-finish", "index": index, "content": finished(block), **self.names}
        end: Data = {"event": "message-finish", **self.names}
        if self.usage:
            end["usage"] = self.usage
        if self.told:
            end["metadata"] = self.told
        yield end


class Messages:
    """Every message of a run. Tools' results are none here: they are told where the tools are."""

    def __init__(self) -> None:
        self._writing: dict[str, Writing] = {}
        self._known: set[str] = set()

    def take(self, message: Mapping[str, Any], metadata: Mapping[str, Any]) -> Iterator[Data]:
        kind = str(message.get("type"))
        if kind.startswith(("tool", "Tool", "remove")):
            return
        message_id = str(message.get("id"))
        writing = self._writing.get(message_id)
        if writing is None:
            if message_id in self._known:
                return
            self._known.add(message_id)
            writing = self._writing[message_id] = Writing({"message_id": message_id, "run_id": message_id})
            yield _start(message, message_id, metadata, writing)
        yield from writing.piece(message)
        if not kind.endswith("Chunk") or message.get("chunk_position") == "last":
            yield from self._finish(message_id)

    def end(self) -> Iterator[Data]:
        """The run has ended: so have the messages that nothing said the end of."""
        for message_id in list(self._writing):
            yield from self._finish(message_id)

    def _finish(self, message_id: str) -> Iterator[Data]:
        yield from self._writing.pop(message_id).finish()


def _start(message: Mapping[str, Any], message_id: str, metadata: Mapping[str, Any], writing: Writing) -> Data:
    about = message.get("response_metadata") or {}
    told = {
        "provider": about.get("model_provider"),
        "model": about.get("model_name"),
        "langgraph_node": metadata.get("langgraph_node"),
    }
    return {
        "event": "message-start",
        "role": ROLES.get(str(message.get("type")).removesuffix("MessageChunk").lower(), "ai"),
        "id": message_id,
        "metadata": {key: value for key, value in told.items() if value},
        **writing.names,
    }


def added(before: Data, more: Mapping[str, Any]) -> Data:
    """Counts of tokens, summed; what details them is kept as it was told last."""
    total = dict(before)
    for key, value in more.items():
        if isinstance(value, int):
            total[key] = total.get(key, 0) + value
        elif isinstance(value, Mapping):
            total[key] = {**total.get(key, {}), **value}
    return total
