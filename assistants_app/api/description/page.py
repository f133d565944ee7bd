"""The OpenAPI document, arranged for a page that people read."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assistants_app.api.description.own_fields import MARK

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

DEPTH = 4
"""Of the models within models that a field's type is told with."""


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body or of an answer."""

    name: str
    type: str
    required: bool
    about: str
    own: bool
    """Whether the LangGraph Server API does not know it."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    about: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One operation."""

    name: str
    method: str
    path: str
    summary: str
    about: str
    role: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answer: tuple[Field, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    operations: tuple[Shown, ...]


def groups(document: Mapping[str, Any]) -> list[Group]:
    """The operations by their tags, each group in the order of its addresses."""
    reading = _Reading(document["components"]["schemas"])
    found: dict[str, list[Shown]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            found[one["tags"][0]].append(reading.operation(method.upper(), path, one))
    return [Group(tag, tuple(sorted(all_, key=lambda one: one.path))) for tag, all_ in found.items()]


class _Reading:
    def __init__(self, schemas: Mapping[str, Any]) -> None:
        self._schemas = schemas

    def operation(self, method: str, path: str, one: Mapping[str, Any]) -> Shown:
        answers = one["responses"]
        good: Mapping[str, Any] = next((answer for status, answer in answers.items() if status < "300"), {})
        return Shown(
            name=one["operationId"],
            method=method,
            path=path,
            summary=one["summary"],
            about=one.get("description", ""),
            role=one.get("x-assistants-role", ""),
            parameters=tuple(
                self._field(each["name"], each["schema"], each["required"], each) for each in one.get("parameters", ())
            ),
            body=tuple(self._fields(_json_schema(one.get("requestBody", {})))),
            answer=tuple(self._fields(_json_schema(good))),
            answers=tuple(
                Answer(status, answer["description"], tuple(answer.get("content", ())))
                for status, answer in answers.items()
            ),
        )

    def _fields(self, schema: Mapping[str, Any]) -> Iterator[Field]:
        """Those of an object; of a list those of its items; of anything else none."""
        schema = self._resolved(schema)
        schema = self._resolved(schema.get("items", schema))
        required = schema.get("required", ())
        for name, one in schema.get("properties", {}).items():
            yield self._field(name, one, name in required, one)

    def _field(self, name: str, schema: Mapping[str, Any], required: bool, told: Mapping[str, Any]) -> Field:
        return Field(name, self._type(schema), required, str(told.get("description", "")), bool(told.get(MARK)))

    def _type(self, schema: Mapping[str, Any], depth: int = DEPTH) -> str:
        """What a value must be, in few words."""
        resolved = self._resolved(schema)
        if depth == 0:
            return "…"
        if "const" in resolved or "enum" in resolved:
            values = resolved.get("enum", [resolved.get("const")])
            return " | ".join(json.dumps(value) for value in values)
        if kinds := resolved.get("anyOf") or resolved.get("oneOf"):
            return " | ".join(dict.fromkeys(self._type(kind, depth - 1) for kind in kinds))
        kind = resolved.get("type", "any")
        if kind == "array":
            return f"list of {self._type(resolved.get('items', {}), depth - 1)}"
        text = kind if isinstance(kind, str) else " | ".join(kind)
        return f"{text} ({resolved['format']})" if "format" in resolved else text

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        name = schema.get("$ref", "").rpartition("/")[2]
        return self._schemas[name] if name else schema


def _json_schema(content: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = content.get("content", {}).get("application/json", {}).get("schema", {})
    return found
