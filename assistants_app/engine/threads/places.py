"""Where in a thread something is: at one of its checkpoints, of its own graph or of a subgraph."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from assistants_app.domain.errors import CheckpointNotFound

KEYS = ("thread_id", "checkpoint_ns", "checkpoint_id", "checkpoint_map")
"""How LangGraph names a place in `config["configurable"]`, and the API in a `checkpoint`."""


@dataclass(frozen=True, slots=True)
class Place:
    """One checkpoint of a thread, the newest where none is named; of a subgraph where a namespace is named.

    `checkpoint_map` says at which checkpoint each graph around a subgraph was: {namespace: checkpoint id}.
    """

    thread_id: UUID
    checkpoint_id: str | None = None
    checkpoint_ns: str = ""
    checkpoint_map: Mapping[str, str] | None = None

    def config(self) -> Any:
        """For LangGraph."""
        configurable: dict[str, Any] = {"thread_id": str(self.thread_id), "checkpoint_ns": self.checkpoint_ns}
        if self.checkpoint_id:
            configurable["checkpoint_id"] = self.checkpoint_id
        if self.checkpoint_map:
            configurable["checkpoint_map"] = dict(self.checkpoint_map)
        return {"configurable": configurable}


def place_in(config: Any) -> dict[str, Any] | None:
    """The place that a config of LangGraph's names, as the API tells it; None where it names none."""
    configurable = (config or {}).get("configurable") or {}
    found = {key: configurable[key] for key in KEYS if configurable.get(key) is not None}
    return found or None


def require_id(checkpoint_id: str | None) -> None:
    """Raises CheckpointNotFound for a text that no checkpoint can have as its id, and that a database might refuse."""
    if checkpoint_id and not re.fullmatch(r"[0-9a-f-]{36}", checkpoint_id):
        raise CheckpointNotFound
