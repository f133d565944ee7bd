"""Which kind of field a plain schema becomes, and the limits that the field shows."""

from collections.abc import Callable, Mapping
from typing import Final

from assistants_app.domain.form_spec.choices import RADIOS, offered_choices
from assistants_app.domain.form_spec.fields import Bounds, Kind
from assistants_app.domain.form_spec.hints import Hints, names_prompt
from assistants_app.domain.form_spec.nodes import Node, types_of
from assistants_app.domain.form_spec.unions import union_branches
from assistants_app.domain.json_values import Absent, Json

_LONG: Final = 80
"""A default with more characters than these asks for a text area."""

_FORMATS: Final = {"date": Kind.DATE, "time": Kind.TIME, "date-time": Kind.DATETIME}
_MORE_KEYS: Final = ("if", "dependentSchemas", "dependencies", "patternProperties", "anyOf", "oneOf", "$dynamicRef")
"""Keywords by which an object may get keys that are not among its properties."""


def kind_of(node: Node, key: str, hints: Hints, default: Json | Absent, *, secret: bool) -> Kind:
    """The kind of a field; JSON for what has no better one."""
    schema = node.schema
    if hints.widget == "hidden" or schema.get("format") == "hidden":
        return Kind.HIDDEN
    if hints.widget == "json" or not node.possible or "$unresolved" in schema:
        return Kind.JSON
    types = types_of(schema)
    if secret and (types == ("string",) or not types) and "enum" not in schema:
        return Kind.SECRET
    if "const" in schema or types == ("null",):
        return Kind.CONST
    if options := _options_kind(schema, hints, types):
        return options
    if union := _union_kind(schema, types):
        return union
    if len(types) != 1:
        return _hinted_kind(key, hints, default) if not types else Kind.JSON
    if types == ("string",):
        return _FORMATS.get(str(schema.get("format"))) or _text_kind(key, hints, default)
    if types == ("boolean",):
        return Kind.BOOLEAN
    if types == ("array",):
        return _array_kind(schema)
    if types == ("object",):
        return _object_kind(schema)
    return _number_kind(schema, hints)


def _options_kind(schema: Mapping[str, Json], hints: Hints, types: tuple[str, ...]) -> Kind | None:
    if types == ("array",):
        return Kind.MULTISELECT if hints.options and hints.widget in ("multiselect", "select") else None
    choices = offered_choices(schema)
    if hints.options and hints.widget in ("select", "radio"):
        return Kind.RADIO if hints.widget == "radio" else Kind.SELECT
    if not choices:
        return None
    return Kind.RADIO if len(choices) <= RADIOS and hints.widget != "select" else Kind.SELECT


def _union_kind(schema: Mapping[str, Json], types: tuple[str, ...]) -> Kind | None:
    if "properties" in schema:
        return None
    if is_decimal(schema) or open_enum(schema):
        return Kind.TEXT
    branches = union_branches(schema)
    return Kind.UNION if len(branches) > 1 and (len(types) != 1 or types[0] == "object") else None


def _hinted_kind(key: str, hints: Hints, default: Json | Absent) -> Kind:
    """A schema that takes anything, whose author named a widget."""
    if hints.prompt or hints.widget in ("text", "textarea"):
        return _text_kind(key, hints, default)
    if hints.widget in ("number", "slider"):
        return _number_kind({"type": "number"}, hints)
    return Kind.BOOLEAN if hints.widget in ("boolean", "switch") else Kind.JSON


def _text_kind(key: str, hints: Hints, default: Json | Absent) -> Kind:
    if hints.prompt:
        return Kind.PROMPT
    if hints.widget == "text":
        return Kind.TEXTAREA if isinstance(default, str) and "\n" in default else Kind.TEXT
    long = isinstance(default, str) and ("\n" in default or len(default) > _LONG)
    if names_prompt(key):
        return Kind.PROMPT
    return Kind.TEXTAREA if long or hints.widget == "textarea" else Kind.TEXT


def _number_kind(schema: Mapping[str, Json], hints: Hints) -> Kind:
    """A slider needs both ends, and a reason: the author's hint, or a range one can see through."""
    bounds = bounds_of(schema, hints)
    low, high = bounds.minimum, bounds.maximum
    if low is None or high is None or bounds.exclusive_minimum or bounds.exclusive_maximum or low >= high:
        return Kind.NUMBER
    narrow = high - low <= (20 if schema.get("type") == "integer" else 2)
    return Kind.SLIDER if hints.widget == "slider" or (narrow and hints.widget != "number") else Kind.NUMBER


def _array_kind(schema: Mapping[str, Json]) -> Kind:
    if isinstance(schema.get("prefixItems"), list) or isinstance(schema.get("items"), list):
        return Kind.TUPLE
    items = schema.get("items")
    return Kind.LIST if isinstance(items, Mapping) and items else Kind.JSON


def _object_kind(schema: Mapping[str, Json]) -> Kind:
    if isinstance(properties := schema.get("properties"), Mapping) and properties:
        return Kind.OBJECT
    if isinstance(extra := schema.get("additionalProperties"), Mapping) and extra:
        return Kind.MAP if "patternProperties" not in schema else Kind.JSON
    return Kind.JSON


def is_decimal(schema: Mapping[str, Json]) -> bool:
    """`anyOf [number, string]`: pydantic's Decimal. One text; its literal is kept."""
    branches = schema.get("anyOf")
    if "type" in schema or not isinstance(branches, list) or len(branches) != 2:
        return False
    if not all(isinstance(branch, Mapping) and isinstance(branch.get("type"), str) for branch in branches):
        return False
    by_type = {branch.get("type"): branch for branch in branches}
    return by_type.keys() == {"number", "string"} and not by_type["string"].keys() & {"enum", "const", "format"}


def open_enum(schema: Mapping[str, Json]) -> tuple[str, ...]:
    """`anyOf [enum of texts, string]`: the texts it suggests, though any other is as good."""
    branches = schema.get("anyOf")
    if not isinstance(branches, list) or len(branches) != 2 or not all(isinstance(part, Mapping) for part in branches):
        return ()
    plain = [
        part for part in branches if part.get("type") == "string" and not part.keys() & {"enum", "const", "format"}
    ]
    listed = [part for part in branches if "enum" in part or "const" in part]
    if len(plain) != 1 or len(listed) != 1:
        return ()
    values = listed[0].get("enum", [listed[0].get("const")])
    return tuple(values) if isinstance(values, list) and all(isinstance(value, str) for value in values) else ()


def bounds_of(schema: Mapping[str, Json], hints: Hints) -> Bounds:
    """The limits of a field: the schema's, else its author's hint. Exclusive ones of draft-04 are flags."""
    low, low_out = _limit(schema, "minimum", "exclusiveMinimum", max)
    high, high_out = _limit(schema, "maximum", "exclusiveMaximum", min)
    step = number_of(schema.get("multipleOf"))
    return Bounds(
        minimum=hints.minimum if low is None else low,
        maximum=hints.maximum if high is None else high,
        exclusive_minimum=low_out,
        exclusive_maximum=high_out,
        step=(step if step and step > 0 else None) or hints.step,
        min_length=_count(schema.get("minLength")),
        max_length=_count(schema.get("maxLength")),
        min_items=_count(schema.get("minItems", schema.get("minProperties"))),
        max_items=_count(schema.get("maxItems", schema.get("maxProperties"))),
    )


def _limit(
    schema: Mapping[str, Json], word: str, exclusive: str, tighter: Callable[..., int | float]
) -> tuple[int | float | None, bool]:
    """(the limit, whether it is itself refused)"""
    limit, beyond = number_of(schema.get(word)), schema.get(exclusive)
    if beyond is True:
        return limit, limit is not None
    other = number_of(beyond)
    if other is None or limit is None:
        return (limit, False) if other is None else (other, True)
    return (limit, False) if limit != other and tighter(limit, other) == limit else (other, True)


def number_of(value: Json) -> int | float | None:
    """A finite number, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value - value != 0:
        return None
    return value


def _count(value: Json) -> int | None:
    number = number_of(value)
    return int(number) if number is not None and number >= 0 else None


def is_open_ended(schema: Mapping[str, Json]) -> bool:
    """Whether an object with fields may hold more keys on purpose: those are edited as JSON."""
    extra = schema.get("additionalProperties")
    return extra is True or bool(isinstance(extra, Mapping) and extra) or any(word in schema for word in _MORE_KEYS)
