"""The store as programs reach it: the same items that graphs remember. Errors are the product's own."""

from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from assistants_app.domain.errors import InvalidItem
from assistants_app.domain.json_values import Json

if TYPE_CHECKING:
    from langgraph.store.base import BaseStore
    from langgraph.store.base import Item as StoredItem

T = TypeVar("T")
Here = Callable[[Callable[[], Coroutine[Any, Any, Any]]], Coroutine[Any, Any, Any]]
"""Does work in the engine's loop."""

Namespace = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoreItem:
    namespace: Namespace
    key: str
    value: Json
    created_at: datetime
    updated_at: datetime
    score: float | None = None
    """How near it is to what was asked for by meaning; 1 is the same."""


class Items:
    """Every method may be called from any loop. Raises InvalidItem, InvalidFilter, NoSearchByMeaning,
    EmbeddingFailed."""

    def __init__(self, store: "BaseStore", here: Here) -> None:
        self._store = store
        self._here = here

    async def put(
        self,
        namespace: Namespace,
        key: str,
        value: Mapping[str, Json],
        *,
        index: Literal[False] | Sequence[str] | None = None,
        **ttl: float | None,
    ) -> None:
        """`ttl=None` keeps the item for ever; without it the store's own default holds."""
        paths: Literal[False] | list[str] | None = list(index) if index else None if index is None else False
        with _errors():
            await self._here(lambda: self._store.aput(namespace, key, dict(value), paths, **ttl))

    async def get(self, namespace: Namespace, key: str, *, refresh_ttl: bool | None = None) -> StoreItem | None:
        with _errors():
            found = await self._here(lambda: self._store.aget(namespace, key, refresh_ttl=refresh_ttl))
        return _item(found) if found else None

    async def delete(self, namespace: Namespace, key: str) -> None:
        with _errors():
            await self._here(lambda: self._store.adelete(namespace, key))

    async def search(
        self,
        prefix: Namespace,
        *,
        query: str | None = None,
        filter: Mapping[str, Json] | None = None,
        limit: int = 10,
        offset: int = 0,
        refresh_ttl: bool | None = None,
    ) -> list[StoreItem]:
        wanted = dict(filter) if filter else None
        with _errors():
            found = await self._here(
                lambda: self._store.asearch(
                    prefix, query=query, filter=wanted, limit=limit, offset=offset, refresh_ttl=refresh_ttl
                )
            )
        return [_item(one) for one in found]

    async def namespaces(
        self,
        *,
        prefix: Namespace | None = None,
        suffix: Namespace | None = None,
        max_depth: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Namespace]:
        with _errors():
            found: list[Namespace] = await self._here(
                lambda: self._store.alist_namespaces(
                    prefix=prefix, suffix=suffix, max_depth=max_depth, limit=limit, offset=offset
                )
            )
        return found


@contextmanager
def _errors() -> Iterator[None]:
    """The store's own words for what it refuses: labels, and values that are no JSON (integers over 64 bits)."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise InvalidItem(f"The store refuses this: {error}") from error


def _item(found: "StoredItem") -> StoreItem:
    return StoreItem(
        namespace=found.namespace,
        key=found.key,
        value=found.value,
        created_at=_utc(found.created_at),
        updated_at=_utc(found.updated_at),
        score=getattr(found, "score", None),
    )


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
