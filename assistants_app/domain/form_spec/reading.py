"""A settings schema -> `FormSpec`. Never raises, whatever it is given."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from assistants_app.domain.form_spec.choices import SEARCHED, offered_choices, value_words, with_default
from assistants_app.domain.form_spec.fields import (
    Branch,
    Choice,
    Deferred,
    FieldSpec,
    FormSpec,
    Kind,
    Section,
    Structure,
)
from assistants_app.domain.form_spec.hints import Hints, humanise, names_model, names_secret, read_hints, says_secret
from assistants_app.domain.form_spec.kinds import bounds_of, is_decimal, is_open_ended, kind_of, open_enum
from assistants_app.domain.form_spec.nodes import Node, SchemaSource, types_of
from assistants_app.domain.form_spec.unions import branch_title, tag_key, tag_value, union_branches
from assistants_app.domain.json_values import ABSENT, Absent, Json, text_of
from assistants_app.domain.language import get_language, gettext_noop
from assistants_app.domain.language import gettext as _

_DEEPEST: Final = 40
"""Levels below which everything is JSON: no person goes there, and a recursion of Python must end."""

_NESTED_UNIONS: Final = 3
"""A union among the branches of a union, and so on: a schema may go on like this for ever."""

_INPUT_TYPES: Final = {"uri": "url", "url": "url", "iri": "url", "email": "email", "idn-email": "email"}
_CHOOSING: Final = frozenset({Kind.RADIO, Kind.SELECT, Kind.MULTISELECT})
_AS_JSON: Final = gettext_noop("This schema cannot be shown as a form; its values are written as JSON.")


def read_schema(schema: Json, *, lenient: bool = True) -> FormSpec:
    """The form of a settings schema. None and `{}` are a graph without settings.

    `lenient=False` for schemas whose `required` is always meant (a graph's input, an answer to an interrupt):
    else a schema with every key required and no default at all is taken for a TypedDict, whose graph has
    defaults of its own, and a missing key only warns. The last 128 readings are remembered.
    """
    try:
        # Not the canonical text: the order of the properties is the order of the fields.
        return _read(_Schema(schema, text_of(schema)), lenient, get_language())
    except (TypeError, ValueError, RecursionError):
        return FormSpec(schema, FieldSpec("", Kind.JSON, "", {}, required=True), notes=(_(_AS_JSON),))


@dataclass(frozen=True, slots=True, eq=False)
class _Schema:
    """A schema that can be looked up by its text."""

    value: Json
    text: str

    def __hash__(self) -> int:
        return hash(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Schema) and other.text == self.text


@lru_cache(maxsize=128)
def _read(key: _Schema, lenient: bool, language: str | None) -> FormSpec:
    """`language` is that of the words in it, and part of what they are remembered by."""
    schema = deepcopy(key.value)  # what is remembered must not change with what was given
    source = SchemaSource(schema)
    node = source.plain(schema)
    root = _Reader(source).field("", schema, _Place(depth=0, chain=frozenset({id(schema)}), required=True))
    notes = list(root.notes)
    if root.kind is Kind.JSON and _says_nothing(node):
        root = replace(root, kind=Kind.OBJECT)
    elif root.kind not in (Kind.OBJECT, Kind.MAP, Kind.UNION):
        root = replace(root, kind=Kind.JSON, nullable=False)
        notes.append(_(_AS_JSON))
    fields = root.children if root.kind is Kind.OBJECT else ()
    notes += [f"{spec.label}: {note}" for spec in fields for note in spec.notes]
    return FormSpec(schema, root, _sections(fields), tuple(notes), lenient and _is_typed_dict(node.schema))


def _says_nothing(node: Node) -> bool:
    """Whether a schema allows any settings and names none: a graph that has none."""
    telling = (
        "$ref",
        "$unresolved",
        "anyOf",
        "oneOf",
        "enum",
        "const",
        "not",
        "if",
        "patternProperties",
        "$dynamicRef",
    )
    silent = not node.schema.get("properties") and not any(word in node.schema for word in telling)
    return node.possible and silent and types_of(node.schema) in ((), ("object",))


def _is_typed_dict(schema: Mapping[str, Json]) -> bool:
    """Every property required, and none with a default: what pydantic makes of a TypedDict."""
    properties, required = schema.get("properties"), _names(schema.get("required"))
    if not isinstance(properties, Mapping) or not properties or not required.issuperset(properties):
        return False
    return not any(isinstance(part, Mapping) and "default" in part for part in properties.values())


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a schema stands: what its own text does not say."""

    depth: int
    chain: frozenset[int]  # the definitions around it
    required: bool = False
    secret: bool = False  # inside something named like secrets: `api_keys`
    unions: int = 0  # unions around it that are about the same value

    def inside(self, *, required: bool = False) -> "_Place":
        return replace(self, depth=self.depth + 1, required=required, unions=0)

    @property
    def shows_more(self) -> bool:
        return self.depth <= _DEEPEST and self.unions <= _NESTED_UNIONS


class _Reader:
    """Reads the fields of one schema."""

    def __init__(self, source: SchemaSource) -> None:
        self.source = source

    def field(self, key: str, raw: Json, place: _Place) -> FieldSpec:
        node = self.source.plain(raw)
        schema = node.schema
        hints = read_hints(schema)
        default: Json | Absent = schema.get("default", ABSENT)
        secret = place.secret or says_secret(schema) or names_secret(key)
        kind, choices = self.kind_and_choices(key, node, hints, place, secret=secret)
        if kind is Kind.SECRET:
            default, hints = ABSENT, replace(hints, default=ABSENT)
            schema = {word: value for word, value in schema.items() if word not in ("default", "examples", "const")}
        within = replace(place, chain=place.chain | node.refs, secret=secret)
        prefill = hints.default if default is ABSENT else default
        spec = FieldSpec(
            key=key,
            kind=kind,
            label=hints.label or node.title or (humanise(key) if key else node.named),
            schema=schema,
            help=hints.description or _text(schema, "description"),
            required=place.required,
            nullable=node.nullable,
            default=default,
            prefill=prefill,
            bounds=bounds_of(schema, hints),
            choices=choices,
            searchable=len(choices) > SEARCHED,
            placeholder=hints.placeholder,
            nodes=hints.nodes,
            visible_if=hints.visible_if,
            disabled_when=hints.disabled_when,
            read_only=schema.get("readOnly") is True,
            deprecated=schema.get("deprecated") is True,
            recursive=bool(node.refs & place.chain),
            depth=place.depth,
            notes=node.problems,
            below=Deferred(lambda: self.structure(kind, schema, within)),
        )
        return replace(spec, default_note=_default_note(spec), **self.of_its_kind(spec))

    def kind_and_choices(
        self, key: str, node: Node, hints: Hints, place: _Place, *, secret: bool
    ) -> tuple[Kind, tuple[Choice, ...]]:
        if not place.shows_more:
            return Kind.JSON, ()
        schema, default = node.schema, node.schema.get("default", ABSENT)
        kind = kind_of(node, key, hints, default, secret=secret)
        if kind is Kind.LIST and (choices := self.item_choices(schema)):
            return Kind.MULTISELECT, choices
        if kind in _CHOOSING:
            return kind, with_default(hints.options or offered_choices(schema), default)
        return kind, ()

    def of_its_kind(self, spec: FieldSpec) -> dict[str, Any]:
        """What only fields of one kind have."""
        schema = spec.schema
        if spec.kind is Kind.TEXT:
            return {
                "suggestions": _suggestions(schema),
                "suggests_models": names_model(spec.key, spec.prefill),
                "input_type": _INPUT_TYPES.get(_text(schema, "format"), "text"),
                "decimal": is_decimal(schema),
                "pattern": _text(schema, "pattern"),
                "format": _text(schema, "format"),
            }
        if spec.kind in (Kind.NUMBER, Kind.SLIDER):
            return {"integer": types_of(schema) == ("integer",)}
        if spec.kind is Kind.CONST:
            return {"const": schema.get("const")}
        if spec.kind is Kind.OBJECT:
            return {"open_ended": is_open_ended(schema)}
        if spec.kind is Kind.UNION:
            return {"discriminator": tag_key(self.source, schema)}
        return {"pattern": _text(schema, "pattern"), "format": _text(schema, "format")}

    def structure(self, kind: Kind, schema: Mapping[str, Json], place: _Place) -> Structure:
        """What lies below a field."""
        if kind is Kind.OBJECT:
            required = _names(schema.get("required"))
            properties = schema.get("properties")
            parts = properties.items() if isinstance(properties, Mapping) else ()
            return Structure(
                tuple(self.field(key, part, place.inside(required=key in required)) for key, part in parts)
            )
        if kind is Kind.LIST:
            return Structure(item=self.field("", schema["items"], place.inside()))
        if kind is Kind.MAP:
            return Structure(item=self.field("", schema["additionalProperties"], place.inside()))
        if kind is Kind.TUPLE:
            return self.places(schema, place)
        if kind is Kind.UNION:
            return Structure(branches=self.branches(schema, place))
        return Structure()

    def places(self, schema: Mapping[str, Json], place: _Place) -> Structure:
        """A tuple's: `prefixItems` and `items`, which earlier drafts call `items` and `additionalItems`."""
        if isinstance(fixed := schema.get("prefixItems"), list):
            rest = schema.get("items")
        else:
            fixed, rest = schema["items"], schema.get("additionalItems")
        more = self.field("", rest, place.inside()) if isinstance(rest, Mapping) or rest is True else None
        return Structure(tuple(self.field("", part, place.inside()) for part in fixed), more)

    def branches(self, schema: Mapping[str, Json], place: _Place) -> tuple[Branch, ...]:
        tag = tag_key(self.source, schema)
        found = []
        for part in union_branches(schema):
            spec = self.field("", part, replace(place, required=True, unions=place.unions + 1))
            value = tag_value(spec.schema, tag)
            found.append(Branch(branch_title(spec, value), spec, value))
        return tuple(found)

    def item_choices(self, schema: Mapping[str, Json]) -> tuple[Choice, ...]:
        item = self.source.plain(schema["items"])
        return () if item.nullable else offered_choices(item.schema)


def _names(required: Json) -> frozenset[str]:
    return frozenset(name for name in required if isinstance(name, str)) if isinstance(required, list) else frozenset()


def _text(schema: Mapping[str, Json], word: str) -> str:
    value = schema.get(word)
    return value if isinstance(value, str) else ""


def _suggestions(schema: Mapping[str, Json]) -> tuple[str, ...]:
    examples = schema.get("examples")
    given = [text for text in examples if isinstance(text, str)] if isinstance(examples, list) else []
    return tuple(dict.fromkeys((*open_enum(schema), *given)))


def _default_note(spec: FieldSpec) -> str:
    if spec.default is ABSENT:
        return _("Decided by the graph")
    words = value_words(spec, spec.default)
    first = words.strip().partition("\n")[0]
    shown = first if first == words and len(words) <= 80 else f"{first[:79]}…"
    return _("Graph default: %(value)s") % {"value": shown}


def _sections(fields: tuple[FieldSpec, ...]) -> tuple[Section, ...]:
    """By the first graph node that uses a field, in the order of the fields; deprecated ones last, folded."""
    shown = [spec for spec in fields if not spec.hidden]
    groups: dict[str, list[str]] = {}
    for spec in shown:
        if not spec.deprecated:
            groups.setdefault(spec.nodes[0] if spec.nodes else "", []).append(spec.key)
    named = len(groups) > 1 or (groups and "" not in groups)
    titles = {node: humanise(node) if node else _("General") for node in groups} if named else dict.fromkeys(groups, "")
    sections = [Section(titles[node], tuple(keys)) for node, keys in groups.items()]
    if old := tuple(spec.key for spec in shown if spec.deprecated):
        sections.append(Section(_("Deprecated"), old, folded=True))
    return tuple(sections)
