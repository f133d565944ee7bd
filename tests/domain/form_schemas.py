"""Schemas of our own for property tests: every row of the table of constructs, nested in each other."""

from typing import Any

from hypothesis import strategies as st

KEYS = st.sampled_from(
    [
        "model",
        "prompt",
        "api_key",
        "max_tokens",
        "a",
        "b",
        "c",
        "a/b",
        "a~b",
        "a#state",
        "ä ö",
        "",
        "0",
        "type",
        "token",
    ]
)

TEXTS = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12),
    st.sampled_from(
        ["", " ", "\n", "\n\nx", "a\r\nb", "a\rb", "x  ", "1", "true", "null", "[]", "{}", "👩‍👩‍👧", "2024-02-30",
         "10:00:00",
                  "2024-01-01T10:00:00Z", "2024-01-01T10:00:00", "2024-01-01", "P1D", "••••••••", "a@b.c", " a@b.c "]
    ),
)  # fmt: skip

NUMBERS = st.one_of(
    st.integers(),
    st.integers(min_value=-3, max_value=12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, 1, 1.0, -0.0, 0.1, 0.3, 2**53 + 1, 10**400, 1e308, 1e16, 5e-324]),
)

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.one_of(KEYS, TEXTS), inner, max_size=3)),
    max_leaves=6,
)

_TEXT = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "minLength": 1, "maxLength": 5, "pattern": "^a"},
        {"type": "string", "default": "one\ntwo"},
        {"type": "string", "default": "x" * 100},
        {"type": "string", "examples": ["a", "b"]},
        {"type": "string", "langgraph_type": "prompt"},
        {"type": "string", "pattern": "(a+)+$"},
        *({"type": "string", "format": name} for name in (
            "date", "time", "date-time", "duration", "uri", "email", "uuid", "ipv4", "path", "password", "unheard-of"
        )),
        {"type": "string", "writeOnly": True, "default": "**********"},
        {"type": "string", "metadata": {"x_oap_ui_config": {"type": "textarea", "default": "suggested"}}},
        {"type": "string", "x_oap_ui_config": {"type": "select", "options": [{"label": "A", "value": "a"}]}},
        {"type": "string", "x_oap_ui_config": {"type": "runbook"}},
        {"type": "string", "x_oap_ui_config": {"type": "hidden"}},
        {"type": "string", "readOnly": True},
        {"type": "string", "deprecated": True},
        {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\d*\.?\d*$"}]},
        {"anyOf": [{"enum": ["a", "b"]}, {"type": "string"}]},
    ]
)  # fmt: skip

_NUMBER = st.sampled_from(
    [
        {"type": "integer"},
        {"type": "number"},
        {"type": "integer", "minimum": 0, "maximum": 10},
        {"type": "number", "minimum": 0, "maximum": 2, "default": 0.7},
        {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
        {"type": "number", "minimum": 0, "exclusiveMinimum": True, "multipleOf": 0.1},
        {"type": "number", "x_oap_ui_config": {"type": "slider", "min": 0, "max": 1, "step": 0.1}},
    ]
)

_CHOICE = st.sampled_from(
    [
        {"enum": ["a", 1, None]},
        {"enum": [1, True, "true", "1", 1.0]},
        {"enum": ["a", "b", "c", "d", "e", "f"], "default": "z"},
        {"enum": list(range(20))},
        {"const": "only"},
        {"const": None},
        {"oneOf": [{"const": 1, "title": "One"}, {"const": "2", "title": "Two"}]},
        {"$ref": "#/$defs/Colour"},
        {"$ref": "#/$defs/Colour", "default": "red", "description": "beside a reference"},
        {"type": "array", "items": {"$ref": "#/$defs/Colour"}},
        {"type": "array", "items": {"enum": ["x", 1, True]}, "uniqueItems": True},
    ]
)

_OTHER = st.sampled_from(
    [
        {"type": "boolean"},
        {"type": "boolean", "default": True},
        {"type": "null"},
        {},
        True,
        False,
        {"type": "object"},
        {"type": "array"},
        {"type": "object", "additionalProperties": True},
        {"type": ["string", "integer", "null"]},
        {"$ref": "#/$defs/Tree"},
        {"$ref": "#/$defs/Nowhere"},
        {"$ref": "https://example.com/remote.json"},
        {"$ref": "#"},
        {"allOf": [{"$ref": "#/$defs/Point"}], "title": "A point", "default": {"x": 3}},
        {"allOf": [{"type": "string"}, {"maxLength": 3}]},
        {"$ref": "#/$defs/Loop"},
        {"not": {"type": "string"}},
        {"if": {"type": "string"}, "then": {"maxLength": 3}},
        {
            "discriminator": {"propertyName": "kind"},
            "oneOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}],
            "default": {"kind": "cat"},
        },
        {"anyOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Point"}, {"type": "null"}]},
        {"type": "object", "patternProperties": {"^x": {"type": "string"}}, "properties": {"a": {"type": "integer"}}},
    ]
)

DEFINITIONS: dict[str, Any] = {
    "Colour": {"enum": ["red", "green"], "title": "Colour", "type": "string"},
    "Tree": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "left": {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "null"}], "default": None},
            "children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
        },
        "required": ["name"],
    },
    "Point": {"type": "object", "properties": {"x": {"type": "integer", "default": 0}, "y": {"type": "integer"}}},
    "Loop": {"$ref": "#/$defs/Loop"},
    "Cat": {
        "type": "object",
        "title": "Cat",
        "properties": {"kind": {"const": "cat", "default": "cat"}, "lives": {"type": "integer"}},
    },
    "Dog": {
        "type": "object",
        "properties": {"kind": {"const": "dog"}, "name": {"type": "string"}, "api_key": {"type": "string"}},
        "required": ["kind", "name"],
    },
}


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.builds(lambda part: {"anyOf": [part, {"type": "null"}], "default": None}, inner),
        st.builds(lambda part: {"oneOf": [{"type": "null"}, part], "title": "Maybe"}, inner),
        st.builds(lambda part: {"type": "array", "items": part, "maxItems": 3}, inner),
        st.builds(lambda parts: {"type": "array", "prefixItems": parts, "items": False},
                  st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts, rest: {"type": "array", "items": parts, "additionalItems": rest, "minItems": 1},
                  st.lists(inner, min_size=1, max_size=2), inner),
        st.builds(lambda part: {"type": "object", "additionalProperties": part}, inner),
        st.builds(lambda part: {"type": "object", "additionalProperties": part, "propertyNames": {"enum": ["a", "b"]}},
                  inner),
        st.builds(lambda parts: {"anyOf": parts}, st.lists(inner, min_size=1, max_size=3)),
        objects(inner),
    )  # fmt: skip


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas of objects with some of `inner` as their properties."""

    def build(properties: dict[str, Any], required: bool, extra: Any) -> dict[str, Any]:
        schema = {"type": "object", "properties": properties}
        if required:
            schema["required"] = list(properties)[:2]
        return schema if extra is None else {**schema, "additionalProperties": extra}

    return st.builds(
        build,
        st.dictionaries(KEYS, inner, max_size=4),
        st.booleans(),
        st.sampled_from([None, True, False, {"type": "string"}]),
    )


PARTS: st.SearchStrategy[Any] = st.recursive(st.one_of(_TEXT, _NUMBER, _CHOICE, _OTHER), _nested, max_leaves=5)

SCHEMAS: st.SearchStrategy[Any] = st.one_of(
    objects(PARTS).map(lambda schema: {**schema, "$defs": DEFINITIONS}),
    PARTS.map(lambda schema: {**schema, "$defs": DEFINITIONS} if isinstance(schema, dict) else schema),
)
"""Settings schemas; among them some that are no objects at all."""
