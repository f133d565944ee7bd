"""What a comparison is made of, as data: two snapshots, the changes between them, the sides of a change."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, Self

from assistants_app.domain.diff.text import TextDiff
from assistants_app.domain.json_values import ABSENT, Absent, Json, Settings

_START = 1_000
"""Enough letters to tell most different texts apart before all their words are looked at."""


class Comparable(Protocol):
    """An assistant or one of its versions: whatever has these columns."""

    name: str
    description: str
    graph_id: str
    context: Settings
    config: dict[str, Any]
    metadata: dict[str, Any]
    settings_schema: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One end of a comparison: everything that a version holds."""

    name: str = ""
    description: str = ""
    graph_id: str = ""
    settings: Settings | None = None
    config: Settings | None = None
    metadata: Settings | None = None
    schema: Json = None

    @classmethod
    def of(cls, row: Comparable) -> Self:
        return cls(
            name=row.name,
            description=row.description,
            graph_id=row.graph_id,
            settings=row.context,
            config=row.config,
            metadata=row.metadata,
            schema=row.settings_schema,
        )


class Place(StrEnum):
    """Which part of a version a row belongs to."""

    DETAIL = "detail"  # name, description, graph
    SETTING = "setting"
    OPTION = "option"  # of runs: recursion_limit, tags…
    METADATA = "metadata"


class ChangeKind(StrEnum):
    SAME = "same"
    ADDED = "added"  # was absent
    REMOVED = "removed"  # is absent now
    EDITED = "edited"
    TYPE_CHANGED = "type_changed"  # "5" became 5
    MOVED = "moved"  # a list's item that only changed its place
    SECRET = "secret"  # changed, and that is all that may be said


class SideState(StrEnum):
    ABSENT = "absent"  # the graph's default applies
    NULL = "null"
    EMPTY = "empty"  # "", [] or {}
    VALUE = "value"
    HIDDEN = "hidden"  # a secret: there is a value, and it is nowhere in the comparison


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a change. `words` says a plain value as the form would; `default_note` what absence means."""

    state: SideState
    value: Json | Absent = ABSENT
    words: str = ""
    type_word: str = ""
    default_note: str = ""

    @property
    def is_text(self) -> bool:
        return isinstance(self.value, str)

    @property
    def is_container(self) -> bool:
        return isinstance(self.value, dict | list)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a change is. `pointer` is the JSON Pointer within its place, on the new side unless only the old has it.

    `anchor` is its address within a page. `old_index` and `new_index` are set for items of lists. `gone` says that
    the newer schema no longer has this setting, `unknown` that no schema has it.
    """

    place: Place
    pointer: str
    key: str
    label: str
    old_label: str = ""  # when the older schema called it otherwise
    nodes: tuple[str, ...] = ()
    gone: bool = False
    unknown: bool = False
    level: int = 0
    old_index: int | None = None
    new_index: int | None = None
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference (or, with `SAME`, none) between two versions at one spot.

    Long texts and whatever is shown as JSON have `text`; lists and groups have `children`, those that are the
    same among them. `moved` is also true of a list's item that was edited and moved.
    """

    spot: Spot
    kind: ChangeKind
    old: Side
    new: Side
    text: TextDiff | None = None
    as_json: bool = False
    children: tuple["Change", ...] = ()
    of_list: bool = False
    moved: bool = False

    @property
    def changed(self) -> bool:
        return self.kind is not ChangeKind.SAME

    @property
    def only_space(self) -> bool:
        """Whether two texts differ in nothing but white space."""
        if self.kind is not ChangeKind.EDITED or not (self.old.is_text and self.new.is_text):
            return False
        old, new = str(self.old.value), str(self.new.value)
        starts = zip(old[:_START].split()[:-1], new[:_START].split()[:-1], strict=False)
        return all(left == right for left, right in starts) and old.split() == new.split()

    def all_texts(self) -> Iterator[TextDiff]:
        """The texts in it, at any depth; JSON is no text."""
        if self.text and not self.as_json:
            yield self.text
        for child in self.children:
            if child.changed:
                yield from child.all_texts()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions compared: a row for the name, the description, the graph, every setting, option and metadata."""

    rows: tuple[Change, ...]
    further: int = 0
    """Settings that changed, and have no row."""

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(row for row in self.rows if row.changed)

    @property
    def unchanged(self) -> tuple[Change, ...]:
        return tuple(row for row in self.rows if not row.changed)

    def of(self, place: Place) -> tuple[Change, ...]:
        """The rows of one place."""
        return tuple(row for row in self.rows if row.spot.place is place)

    @property
    def added_lines(self) -> int:
        return sum(text.added for change in self.changes for text in change.all_texts())

    @property
    def removed_lines(self) -> int:
        return sum(text.removed for change in self.changes for text in change.all_texts())


def root_spot(place: Place) -> Spot:
    """The spot of a whole place. A setting's address in a page is its JSON Pointer, others' begin with the place."""
    return Spot(place, "", "", "", level=-1, anchor="" if place is Place.SETTING else place.value)
