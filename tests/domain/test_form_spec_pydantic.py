"""Schemas as pydantic, dataclasses and TypedDicts really write them."""

import dataclasses
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema
from pydantic import AnyUrl, BaseModel, Field, SecretStr, TypeAdapter
from typing_extensions import TypedDict

from assistants_app.domain.config_values import bind, form_data, read
from assistants_app.domain.form_spec import read_schema
from assistants_app.domain.json_values import canonical
from tests.domain.browser_form import Person


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Search(BaseModel):
    kind: Literal["search"] = "search"
    engine: Literal["a", "b"] = "a"
    results: int = Field(5, ge=1, le=20)


class Mail(BaseModel):
    kind: Literal["mail"]
    address: str


class Tree(BaseModel):
    name: str
    below: "list[Tree]" = []


class Context(BaseModel):
    system_prompt: str = "You help.\nAlways."
    model: Annotated[str, {"__template_metadata__": {"kind": "llm"}}] = "anthropic/claude-sonnet-4-5"
    temperature: float | None = Field(0.7, ge=0, le=2)
    max_tokens: int = 1000
    top_p: float = Field(1.0, gt=0, lt=1.5, multiple_of=0.05)
    key: SecretStr = SecretStr("hunter2")
    price: Decimal = Decimal("1.10")
    colour: Colour = Colour.RED
    colours: list[Colour] = []
    day: date | None = None
    at: datetime | None = None
    clock: time | None = None
    wait: timedelta = timedelta(minutes=5)
    home: AnyUrl | None = None
    ident: UUID | None = None
    address: IPv4Address | None = None
    folder: Path = Path("/tmp")
    tool: Annotated[Search | Mail, Field(discriminator="kind")] = Search()
    maybe: Search | None = None
    either: int | str = 1
    pair: tuple[str, int] = ("a", 1)
    many: tuple[int, ...] = ()
    headers: dict[str, str] = {}
    anything: Any = None
    free: dict[str, Any] = Field(default_factory=dict)
    tree: Tree | None = None
    trees: list[Tree] = Field(default_factory=list, max_length=3)
    tags: set[str] = set()
    stop: str | list[str] | None = None
    old: str = Field("x", deprecated=True)
    nodes: str = Field("", json_schema_extra={"langgraph_nodes": ["call_model"], "langgraph_type": "prompt"})


SCHEMA = Context.model_json_schema()


def test_it_works() -> None:
    spec = read_schema(SCHEMA)
    assert {field.key: field.kind.value for field in spec.fields} == {
        "system_prompt": "prompt", "model": "text", "temperature": "slider", "max_tokens": "number", "top_p": "number",
        "key": "secret", "price": "text", "colour": "radio", "colours": "multiselect", "day": "date", "at": "datetime",
        "clock": "time", "wait": "text", "home": "text", "ident": "text", "address": "text", "folder": "text",
        "tool": "union", "maybe": "object", "either": "union", "pair": "tuple", "many": "list", "headers": "map",
        "anything": "json", "free": "json", "tree": "object", "trees": "list", "tags": "list", "stop": "union",
        "old": "text", "nodes": "prompt",
    }  # fmt: skip
    assert spec.notes == ()
    assert [branch.title for branch in next(f for f in spec.fields if f.key == "tool").branches] == ["Search", "Mail"]


def test_no_default_is_saved() -> None:
    assert Person(SCHEMA).save().settings == {}
    assert "hunter2" not in str(form_data(bind(read_schema(SCHEMA), {})))


def test_what_is_saved_is_what_pydantic_takes() -> None:
    person = Person(SCHEMA)
    for key in ("temperature", "top_p", "colour", "wait", "tool", "either", "pair", "headers", "colours", "old"):
        person.press(f"override:/{key}")
    person.press("add:/headers").type("/headers/0#key", "a").type("/headers/0", "b")
    person.press("add:/trees").type("/trees/0/name", "leaf").press("add:/trees/0/below")
    person.type("/trees/0/below/0/name", "deeper").type("/at", "2026-01-01T10:00").type("/at#offset", "Z")
    person.type("/colours", "1").type("/tool#branch", "1").press("branch:/tool").type("/tool#1/address", "a@b.c")
    reading = person.save()
    assert reading.errors == ()
    context = Context.model_validate(reading.settings)
    assert (context.tool, context.trees[0].below[0].name) == (Mail(kind="mail", address="a@b.c"), "deeper")
    assert context.colours == [Colour.BLUE]


@pytest.mark.filterwarnings("ignore")  # of hypothesis-jsonschema, about what it cannot make
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_valid_settings_come_back_and_are_valid(data: st.DataObject) -> None:
    # hypothesis-jsonschema cannot make objects with the newest hypothesis: each setting is made by itself.
    groups = {"tree", "trees", "tool", "maybe", "headers", "anything", "free"}
    parts = {key: part for key, part in SCHEMA["properties"].items() if key not in groups}
    chosen = data.draw(st.lists(st.sampled_from(sorted(parts)), min_size=1, max_size=6, unique=True))
    stored = {key: data.draw(from_schema({**parts[key], "$defs": SCHEMA["$defs"]})) for key in chosen}
    spec = read_schema(SCHEMA)
    reading = read(spec, stored, form_data(bind(spec, stored)))
    assert canonical(reading.settings) == canonical(stored)
    assert [error for error in reading.errors if "format" not in error.message] == []


@dataclasses.dataclass
class Plain:
    user_id: str
    prompt: str = dataclasses.field(
        default="Hi", metadata={"description": "Says hello.", "json_schema_extra": {"langgraph_type": "prompt"}}
    )
    models: list[str] = dataclasses.field(default_factory=list)


def test_dataclass() -> None:
    spec = read_schema(TypeAdapter(Plain).json_schema())
    assert [(field.key, field.required, field.kind.value) for field in spec.fields] == [
        ("user_id", True, "text"),
        ("prompt", False, "prompt"),
        ("models", False, "list"),
    ]
    assert (spec.lenient, spec.fields[1].help) == (False, "Says hello.")
    assert spec.fields[2].default_note == "Decided by the graph"


class Typed(TypedDict):
    model: Literal["a", "b"]
    limit: int | None


def test_typed_dict() -> None:
    schema = TypeAdapter(Typed).json_schema()
    assert read_schema(schema).lenient
    assert Person(schema).errors() == {}
    assert Person(schema).type("/model", "1").save().settings == {"model": "b"}
