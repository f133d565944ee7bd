"""What a run's models used up, counted as they answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.outputs import LLMResult

from assistants_app.domain.json_values import Json

TOTALS = ("input_tokens", "output_tokens", "total_tokens")


@dataclass(slots=True, eq=False)
class Meter(AsyncCallbackHandler):
    """Counts tokens and notes when the first one came, whatever the run streams."""

    run_inline = True
    first_token_at: datetime | None = None
    _models: dict[str, dict[str, int]] = field(default_factory=dict)
    _open: dict[UUID, str] = field(default_factory=dict)
    """The calls that go on, and the model that each asked for."""
    _uncounted: int = 0

    @property
    def usage(self) -> dict[str, Json]:
        """As `domain.costs` reads it; empty when no model counted anything."""
        if not self._models:
            return {}
        used: dict[str, Json] = {name: sum(counts.get(name, 0) for counts in self._models.values()) for name in TOTALS}
        used["models"] = {name: dict(counts) for name, counts in self._models.items()}
        if uncounted := self._uncounted + len(self._open):
            used["uncounted_calls"] = uncounted
        return used

    async def on_chat_model_start(
        self, serialized: Any, messages: Any, *, run_id: UUID, metadata: dict[str, Any] | None = None, **more: Any
    ) -> None:
        self._open[run_id] = str((metadata or {}).get("ls_model_name") or "")

    async def on_llm_start(
        self, serialized: Any, prompts: Any, *, run_id: UUID, metadata: dict[str, Any] | None = None, **more: Any
    ) -> None:
        self._open[run_id] = str((metadata or {}).get("ls_model_name") or "")

    async def on_llm_new_token(self, *token: Any, **more: Any) -> None:
        if self.first_token_at is None:
            self.first_token_at = datetime.now(UTC)

    async def on_llm_end(self, response: LLMResult, *, run_id: UUID, **more: Any) -> None:
        asked = self._open.pop(run_id, "")
        counted = False
        for generation in (one for several in response.generations for one in several):
            message = getattr(generation, "message", None)
            if used := getattr(message, "usage_metadata", None):
                counted = True
                self._count(_model_of(message) or asked, used)
        self._uncounted += not counted

    async def on_llm_error(self, error: BaseException, *, run_id: UUID, **more: Any) -> None:
        self._open.pop(run_id, None)
        self._uncounted += 1  # what it had read and written by then is charged all the same

    def _count(self, model: str, used: Mapping[str, Any]) -> None:
        given, made = used.get("input_token_details") or {}, used.get("output_token_details") or {}
        counts = {
            **{name: used.get(name) or 0 for name in TOTALS},
            "cached_tokens": given.get("cache_read") or 0,
            "special_tokens": _others(given, "cache_read") + _others(made, "reasoning"),
        }
        so_far = self._models.setdefault(model, {})
        for name, count in counts.items():
            if count or name in TOTALS:
                so_far[name] = so_far.get(name, 0) + int(count)


def _model_of(message: Any) -> str:
    """The model that answered, by the names under which providers' packages tell it."""
    told = getattr(message, "response_metadata", None) or {}
    return str(told.get("model_name") or told.get("model") or "")


def _others(details: Mapping[str, Any], usual: str) -> int:
    """Tokens of kinds that have prices of their own: audio, written into a cache, a faster service…"""
    return sum(count for kind, count in details.items() if kind != usual and isinstance(count, int))
