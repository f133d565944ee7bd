"""One node of a settings schema, made plain: $ref followed, allOf merged, null taken out of unions.

Reads every spelling from draft-04 to 2020-12. Nothing is ever fetched: a $ref that leads out of the schema stays
unresolved and is reported in `Node.problems`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from assistants_app.domain.json_pointer import unescape
from assistants_app.domain.json_values import Json
from assistants_app.domain.language import gettext as _

_DEPTH: Final = 60
"""How many $ref and allOf are followed for one node before it counts as not showable."""

_SPOKEN: Final = ("title", "description", "default", "examples")
"""What a definition says about itself: weaker than what the place that refers to it says."""

_TYPES: Final = frozenset({"string", "integer", "number", "boolean", "array", "object", "null"})


@dataclass(frozen=True, slots=True)
class Node:
    """A schema with nothing left to follow. `title` is the place's own; `named` that of a definition it refers to."""

    schema: dict[str, Json]
    nullable: bool = False
    title: str = ""
    named: str = ""
    refs: frozenset[int] = frozenset()  # the definitions followed: identities of their schemas
    problems: tuple[str, ...] = ()
    possible: bool = True  # False: `false`, or a cycle that never ends


class SchemaSource:
    """A whole schema, in which references are looked up."""

    def __init__(self, schema: Json) -> None:
        self.schema = schema
        self._anchors: dict[str, Json] | None = None

    def find(self, ref: Json) -> Json | None:
        """What a $ref points to within this schema, or None."""
        if not isinstance(ref, str):
            return None
        if ref in ("#", ""):
            return self.schema
        if ref.startswith("#/"):
            return _walk(self.schema, ref[2:])
        if self._anchors is None:
            self._anchors = dict(_anchors(self.schema))
        return self._anchors.get(ref)

    def plain(self, schema: Json) -> Node:
        """The node of a schema, whatever it is. Never raises."""
        return _Plain(self).node(schema, 0)


class _Plain:
    """One run of `SchemaSource.plain`: what it met on the way."""

    def __init__(self, source: SchemaSource) -> None:
        self.source = source
        self.refs: set[int] = set()
        self.problems: list[str] = []
        self.steps = 0

    def node(self, schema: Json, depth: int) -> Node:
        title = _text(schema, "title")
        flat, named, possible = self.flat(schema, depth)
        flat, nullable, inner = self.without_null(flat, depth)
        return Node(
            flat, nullable, title, inner or named, frozenset(self.refs), tuple(dict.fromkeys(self.problems)), possible
        )

    def flat(self, schema: Json, depth: int) -> tuple[dict[str, Json], str, bool]:
        """(schema without $ref and allOf, title of a definition, whether any value can fit)"""
        self.steps += 1
        if schema is False:
            return {}, "", False
        if not isinstance(schema, Mapping):
            return {}, "", True
        flat, named = dict(schema), ""
        while "$ref" in flat:
            ref = flat.pop("$ref")
            target = self.source.find(ref)
            if target is None:
                unknown = _("It refers to %(reference)s, which is not part of the schema.")
                self.problems.append(unknown % {"reference": _short(ref)})
                return {**flat, "$unresolved": ref}, named, True
            self.refs.add(id(target))
            depth += 1
            if depth > _DEPTH or self.steps > 10 * _DEPTH:
                self.problems.append(_("It refers to itself without end."))
                return {}, named, False
            if target is False:
                return {}, named, False
            if isinstance(target, Mapping):
                named = named or _text(target, "title")
                flat = merged(dict(target), flat)
        if isinstance(parts := flat.get("allOf"), list) and parts:
            return self.all_of(flat, parts, named, depth)
        return flat, named, True

    def all_of(
        self, flat: dict[str, Json], parts: list[Json], named: str, depth: int
    ) -> tuple[dict[str, Json], str, bool]:
        own = {key: value for key, value in flat.items() if key != "allOf"}
        if depth > _DEPTH or self.steps > 10 * _DEPTH:
            return own, named, False
        result: dict[str, Json] = {}
        possible = True
        for part in parts:
            one, name, fits = self.flat(part, depth + 1)
            named = named or name or _text(one, "title")
            possible = possible and fits
            result = merged(result, one)
        return merged(result, own), named, possible

    def without_null(self, flat: dict[str, Json], depth: int) -> tuple[dict[str, Json], bool, str]:
        """(schema, nullable, title of the one branch that remained)"""
        nullable = flat.get("nullable") is True
        types = flat.get("type")
        if isinstance(types, list):
            rest = [name for name in types if name != "null" and isinstance(name, str)]
            nullable = nullable or "null" in types
            flat = {**flat, "type": rest[0] if len(rest) == 1 else rest}
            if not rest:
                flat["type"] = "null"
        for word in ("anyOf", "oneOf"):
            branches = flat.get(word)
            if not isinstance(branches, list) or not branches:
                continue
            rest = [branch for branch in branches if not _is_null(branch)]
            takes_null = len(rest) < len(branches)
            if not rest or not (takes_null or len(rest) == 1):
                continue
            nullable = nullable or takes_null
            outer = {key: value for key, value in flat.items() if key != word}
            if len(rest) > 1:
                return {**outer, word: rest}, nullable, ""
            inner, named, _ = self.flat(rest[0], depth + 1)
            title = named or _text(inner, "title")
            inner, deeper_null, deeper = self.without_null(inner, depth + 1) if depth < _DEPTH else (inner, False, "")
            return merged(inner, outer), nullable or deeper_null, title or deeper
        return flat, nullable, ""


def merged(base: dict[str, Json], over: dict[str, Json]) -> dict[str, Json]:
    """Two schemas that both hold, as one to show: the tighter limit of each, every property of both."""
    result = dict(base)
    for key, value in over.items():
        if key not in result or key in _SPOKEN:
            result[key] = value
        elif result[key] != value or isinstance(result[key], bool) != isinstance(value, bool):
            result[key] = _both(key, result[key], value)
    return result


def _both(key: str, left: Json, right: Json) -> Json:
    if key == "properties" and isinstance(left, Mapping) and isinstance(right, Mapping):
        shared = {name: {"allOf": [left[name], right[name]]} for name in left.keys() & right.keys()}
        return {**left, **right, **shared}
    if (
        key in ("$defs", "definitions", "patternProperties")
        and isinstance(left, Mapping)
        and isinstance(right, Mapping)
    ):
        return {**left, **right}
    if key == "required" and isinstance(left, list) and isinstance(right, list):
        return [*left, *(name for name in right if name not in left)]
    if key in ("minimum", "exclusiveMinimum", "minLength", "minItems") and _numbers(left, right):
        return max(left, right)
    if key in ("maximum", "exclusiveMaximum", "maxLength", "maxItems") and _numbers(left, right):
        return min(left, right)
    if key == "enum" and isinstance(left, list) and isinstance(right, list):
        return [value for value in left if value in right] or right
    if key == "type" and left in ("number", "integer") and right in ("number", "integer"):
        return "integer"
    return right


def _numbers(*values: Json) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _is_null(schema: Json) -> bool:
    if not isinstance(schema, Mapping):
        return False
    return (
        schema.get("type") in ("null", ["null"])
        or ("const" in schema and schema["const"] is None)
        or (schema.get("enum") == [None])
    )


def _walk(schema: Json, pointer: str) -> Json | None:
    for step in pointer.split("/"):
        step = unescape(unquote(step))
        if isinstance(schema, Mapping) and step in schema:
            schema = schema[step]
        elif (
            isinstance(schema, list) and step.isascii() and step.isdigit() and len(step) < 9 and int(step) < len(schema)
        ):
            schema = schema[int(step)]
        else:
            return None
    return schema if isinstance(schema, Mapping | bool) else None


def _anchors(schema: Json) -> Iterator[tuple[str, Json]]:
    """Every name a $ref may use besides pointers: $anchor as "#name", $id (id in draft-04) as it stands."""
    stack = [schema]
    while stack:
        part = stack.pop()
        if isinstance(part, list):
            stack.extend(part)
        elif isinstance(part, Mapping):
            stack.extend(part.values())
            for word, lead in (("$anchor", "#"), ("$dynamicAnchor", "#"), ("$id", ""), ("id", "")):
                if isinstance(name := part.get(word), str):
                    yield f"{lead}{name}", part


def _text(schema: Json, word: str) -> str:
    value = schema.get(word) if isinstance(schema, Mapping) else None
    return value if isinstance(value, str) else ""


def _short(value: Json) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def types_of(schema: Mapping[str, Json]) -> tuple[str, ...]:
    """The JSON types a plain schema says it takes, or is about: ("object",) for one that only has properties."""
    said = schema.get("type")
    if isinstance(said, str):
        return (said,) if said in _TYPES else ()
    if isinstance(said, list):
        return tuple(name for name in said if isinstance(name, str) and name in _TYPES)
    if "properties" in schema:
        return ("object",)
    if "items" in schema or "prefixItems" in schema:
        return ("array",)
    return ()
