"""Anything a graph holds becomes strict JSON, in the shapes that the LangGraph Server gives it."""

import json
import math
import re
import tracemalloc
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langgraph.types import Interrupt
from pydantic import BaseModel

from assistants_app.domain.json_values import load_strict
from assistants_app.engine.events.encoding import Verbatim, encode, to_json


class Point(NamedTuple):
    x: int
    y: int


class Colour(Enum):
    RED = "red"


class Model(BaseModel):
    name: str = "demo"
    parts: set[int] = {1}


@dataclass
class Box:
    inside: Any


def test_it_works() -> None:
    """As in the recorded answers of the reference."""
    human = '{"content":"x","additional_kwargs":{},"response_metadata":{},"type":"human","name":null,"id":"1"}'
    assert encode(HumanMessage("x", id="1")).decode() == human
    chunk = to_json(AIMessageChunk("w0 ", id="2"))
    assert list(chunk) == [
        *["content", "additional_kwargs", "response_metadata", "type", "name", "id"],
        *["tool_calls", "invalid_tool_calls", "usage_metadata", "tool_call_chunks", "chunk_position"],
    ]
    assert chunk["type"] == "AIMessageChunk"
    assert to_json([Interrupt(value={"question": "Approve?"}, id="3")]) == [
        {"value": {"question": "Approve?"}, "id": "3", "response_schema": None}
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05+00:00"),
        (date(2026, 1, 2), "2026-01-02"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (timedelta(minutes=1.5), 90.0),
        (b"abc", "YWJj"),
        (bytearray(b"abc"), "YWJj"),
        (Decimal("1.50"), 1.5),
        (Decimal(3), 3),
        (Decimal("NaN"), None),
        (math.nan, None),
        (math.inf, None),
        ({1}, [1]),
        ((1, 2), [1, 2]),
        (Point(1, 2), {"x": 1, "y": 2}),
        (Colour.RED, "red"),
        (Model(), {"name": "demo", "parts": [1]}),
        (Box(Box(Model())), {"inside": {"inside": {"name": "demo", "parts": [1]}}}),
        (Path("/tmp/x"), "/tmp/x"),
        (re.compile("a+"), "a+"),
        (ValueError("no"), {"error": "ValueError", "message": "no"}),
        ({1: "a", UUID(int=1): "b"}, {"1": "a", "00000000-0000-0000-0000-000000000001": "b"}),
        (2**80, 2**80),
        ({"big": 2**80, "when": date(2026, 1, 2), "model": Model()}, None),
        ("\ud800", "\ufffd"),
        ({"\udfff": ["\ud800 x"]}, {"\ufffd": ["\ufffd x"]}),
        (Model, "<class 'tests.engine.test_encoding.Model'>"),
        (AIMessage("\ud800", id="1"), None),
        (None, None),
        (True, True),
    ],
)
def test_every_kind_of_value_has_its_json(value: Any, expected: Any) -> None:
    encoded = json.loads(encode(value))
    if expected is not None or value is None:
        assert encoded == expected
        assert to_json(value) == expected
    load_strict(encode(value).decode())


def test_what_has_no_json_is_shown_as_text() -> None:
    assert to_json(object()).startswith("<object object")


def test_a_circle_ends() -> None:
    circle: list[Any] = []
    circle.append(circle)
    assert encode(circle).startswith(b"[[[[")


_anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()) | st.integers(), inner) | inner.map(Box),
)


@given(_anything)
def test_the_json_is_always_strict(value: Any) -> None:
    text = encode(value).decode("utf-8", "strict")
    constants: list[str] = []
    json.loads(text, parse_constant=constants.append)
    assert not constants, text


def test_what_is_kept_takes_no_more_memory_than_its_text() -> None:
    """The relay counts the bytes of a run's events, and keeps no more than it counts."""
    tracemalloc.start()
    try:
        kept = [encode({"token": number}) for number in range(1_000)]
        size, _most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size < 3 * sum(len(one) + 50 for one in kept)


@pytest.mark.parametrize("beside", [1, 2**70, "\ud800"])
def test_what_is_encoded_already_stays_as_it_is(beside: Any) -> None:
    """Also beside what orjson refuses."""
    told = json.loads(encode({"stored": [Verbatim('{"b": 1.50, "a": "ä"}')], "beside": beside}))
    assert told["stored"] == [{"b": 1.5, "a": "ä"}]
    assert list(told["stored"][0]) == ["b", "a"]
