"""What a form is made of, before any value: the typed, ordered reading of a settings schema.

Immutable, so that one reading of a schema serves every request. The parts of a field that lie below it
(children, item, branches…) are read when first asked for: a schema may refer to itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Generic, TypeVar

from assistants_app.domain.json_values import ABSENT, Absent, Json

T = TypeVar("T")


class Kind(StrEnum):
    """How a field is shown; the template of a kind is `fields/<kind>.html`."""

    TEXT = "text"  # one line; `input_type` says which kind of line
    TEXTAREA = "textarea"
    PROMPT = "prompt"
    NUMBER = "number"  # integers too: `integer`
    SLIDER = "slider"
    BOOLEAN = "boolean"
    RADIO = "radio"
    SELECT = "select"
    MULTISELECT = "multiselect"  # a list of members of an enum
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    SECRET = "secret"
    CONST = "const"
    LIST = "list"  # cards when `item.kind` is OBJECT or UNION
    TUPLE = "tuple"
    MAP = "map"
    OBJECT = "object"
    UNION = "union"
    JSON = "json"
    HIDDEN = "hidden"  # never shown, always kept


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a radio, select or multiselect; what a browser submits is its position, never its text."""

    value: Json
    label: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A field is shown (or disabled) while another one holds one of some values: `visible_if`, `disabled_when`."""

    key: str
    values: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """One alternative of a union; `tag` is the discriminator's value, ABSENT for untagged unions."""

    title: str
    spec: "FieldSpec"
    tag: Json | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits that a field can show. `None` is no limit; 0 is one. Exclusive bounds are told apart by flags."""

    minimum: int | float | None = None
    maximum: int | float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    step: int | float | None = None  # from multipleOf or a hint; None means any (1 for integers)
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None


@dataclass(frozen=True)
class Structure:
    """What lies below a field."""

    children: tuple["FieldSpec", ...] = ()
    item: "FieldSpec | None" = None
    branches: tuple[Branch, ...] = ()

    @cached_property
    def by_key(self) -> Mapping[str, "FieldSpec"]:
        return {child.key: child for child in reversed(self.children)}


class Deferred(Generic[T]):
    """A value made when first asked for. Two threads may both make it: it is the same either way."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], T]) -> None:
        self._make: Callable[[], T] | None = make
        self._made: T | None = None

    def get(self) -> T:
        if (make := self._make) is not None:
            self._made = make()
            self._make = None
        return self._made  # type: ignore[return-value]


_NOTHING_BELOW: Deferred[Structure] = Deferred(Structure)


@dataclass(frozen=True, slots=True, eq=False)
class FieldSpec:
    """One field, read from one property (or item, branch, value…) of a schema.

    `key` is the property's name ("" for an item or a branch); `schema` its merged schema ($ref followed).
    `default` is the graph's own default, ABSENT when the schema does not tell; `prefill` is what *Override*
    starts from (the default, else the hint's suggestion, else ABSENT). For secrets both are always ABSENT.
    """

    key: str
    kind: Kind
    label: str
    schema: Json
    help: str = ""
    required: bool = False
    nullable: bool = False
    default: Json | Absent = ABSENT
    default_note: str = ""  # "Graph default: 0.7" or "Decided by the graph"
    prefill: Json | Absent = ABSENT
    bounds: Bounds = Bounds()
    choices: tuple[Choice, ...] = ()
    searchable: bool = False  # more choices than one can look over
    free_text: bool = False  # a select whose schema also takes any other string
    placeholder: str = ""
    suggestions: tuple[str, ...] = ()
    suggests_models: bool = False  # the web layer adds the known chat models
    pattern: str = ""
    input_type: str = "text"  # text, url, email: the type of a TEXT field's <input>
    format: str = ""
    integer: bool = False
    decimal: bool = False  # a literal kept as a string
    nodes: tuple[str, ...] = ()
    visible_if: Condition | None = None
    disabled_when: Condition | None = None
    read_only: bool = False
    deprecated: bool = False
    open_ended: bool = False  # an OBJECT that may hold more keys than it has fields: they are edited as JSON
    recursive: bool = False  # its schema contains itself: shown only when added
    depth: int = 0  # 0 for the settings as a whole, 1 for each of them, 2 for what lies in one of them…
    notes: tuple[str, ...] = ()  # why parts of the schema could not be shown
    discriminator: str = ""  # of a tagged union: the key of the tag
    const: Json | Absent = ABSENT
    below: Deferred[Structure] = field(default=_NOTHING_BELOW, repr=False)

    @property
    def children(self) -> tuple["FieldSpec", ...]:
        """The properties of an OBJECT, the places of a TUPLE."""
        return self.below.get().children

    def child(self, key: str) -> "FieldSpec | None":
        """The property of this name."""
        return self.below.get().by_key.get(key)

    @property
    def item(self) -> "FieldSpec | None":
        """The item of a LIST, the value of a MAP, the further items of a TUPLE (None: no further items)."""
        return self.below.get().item

    @property
    def branches(self) -> tuple[Branch, ...]:
        """The alternatives of a UNION."""
        return self.below.get().branches

    @property
    def secret(self) -> bool:
        return self.kind is Kind.SECRET

    @property
    def hidden(self) -> bool:
        return self.kind is Kind.HIDDEN

    @property
    def folded(self) -> bool:
        """Whether a nested object starts folded: deeper than two levels, or deprecated."""
        return self.depth > 2 or self.deprecated


@dataclass(frozen=True, slots=True)
class Section:
    """Fields shown together; an empty title when the form has only one section."""

    title: str
    keys: tuple[str, ...]
    folded: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class FormSpec:
    """The typed, ordered reading of a settings schema.

    `root` is the settings as one field: an OBJECT, or JSON when the schema cannot be shown as a form.
    `lenient` says that a missing required key warns instead of blocking: the schema came from a TypedDict,
    which marks every key required although its graph has defaults.
    `notes` say what could not be shown or will not be checked, for people.
    """

    schema: Json
    root: FieldSpec
    sections: tuple[Section, ...] = ()
    notes: tuple[str, ...] = ()
    lenient: bool = False

    @property
    def fields(self) -> tuple[FieldSpec, ...]:
        return self.root.children

    @property
    def has_settings(self) -> bool:
        """False when the graph has no settings: neither fields nor anything to write as JSON."""
        return bool(self.fields) or self.root.kind is not Kind.OBJECT

    def field(self, key: str) -> FieldSpec | None:
        return next((spec for spec in self.fields if spec.key == key), None)
