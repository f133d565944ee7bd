"""Rows of the official SqliteStore, as the official AsyncPostgresStore keeps them."""

from array import array
from typing import Any


def item_of(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """(prefix, key, value, …): the value's JSON is stored as bytes."""
    prefix, key, value, *rest = row
    return prefix, key, value.decode() if isinstance(value, bytes) else value, *rest


def vector_of(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """(prefix, key, field, embedding, …): four bytes a number, and pgvector's text."""
    prefix, key, field, embedding, *rest = row
    return prefix, key, field, f"[{','.join(map(str, array('f', embedding)))}]", *rest
