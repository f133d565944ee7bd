"""What the templates of a comparison take: blocks of changes, lines in pieces, and how they are shown."""

from dataclasses import dataclass, field
from enum import StrEnum

from django.http import QueryDict

from assistants_app.domain.diff import Change, ChangeKind, Comparison, Place, Side, SideState
from assistants_app.domain.diff.marks import Piece
from assistants_app.domain.diff.rows import Group
from assistants_app.web.compare.words import label

MOST_BLOCKS = 500
"""The most changed settings of a page, and the most unchanged ones."""


class Space(StrEnum):
    """What a comparison does with white space."""

    CHANGES = "changes"  # marked where it changed
    ALL = "all"  # marked everywhere
    IGNORE = "ignore"  # lines that differ in nothing else are not shown as changes


@dataclass(frozen=True, slots=True)
class Options:
    """How a comparison is shown; all of it stands in the address."""

    unified: bool = False
    wrap: bool = True
    space: Space = Space.CHANGES

    @classmethod
    def of(cls, query: QueryDict) -> "Options":
        asked = query.get("space", "")
        space = next((space for space in Space if space == asked), Space.CHANGES)
        return cls(query.get("view") == "unified", query.get("wrap") != "off", space)


@dataclass(frozen=True, slots=True)
class ShownLine:
    number: int
    pieces: list[Piece]

    @property
    def plain(self) -> str:
        """The whole line when nothing in it is marked, which is quicker to render; else ""."""
        if len(self.pieces) != 1 or self.pieces[0].mark or self.pieces[0].changed or self.pieces[0].left_out:
            return ""
        return self.pieces[0].text


@dataclass(frozen=True, slots=True)
class ShownRow:
    old: ShownLine | None
    new: ShownLine | None


@dataclass(frozen=True, slots=True)
class ShownGroup:
    group: Group
    rows: list[ShownRow]


@dataclass(frozen=True, slots=True)
class ShownText:
    """A text comparison; `left_out` is how many lines, the longer side's, did not fit."""

    groups: list[ShownGroup]
    added: int
    removed: int
    left_out: int
    alike: bool = False  # in white space, or in how letters are stored, and nowhere else


@dataclass(frozen=True, slots=True)
class Value:
    """One side, to show in a line. `code` is the stored value when its label is another."""

    side: Side
    words: str = ""
    pieces: list[Piece] = field(default_factory=list)
    code: str = ""
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """One change. `only` is "old" or "new" where one side alone is worth showing: a list's item come or gone."""

    change: Change
    label: str
    chip: str
    tone: str
    old: Value
    new: Value
    text: ShownText | None = None
    children: tuple["Block", ...] = ()
    same: int = 0
    left_out: int = 0
    only: str = ""
    alike: bool = False

    @property
    def taken(self) -> str:
        """What a button calls it that takes it into a draft, as `services.draft_steps.Takes` does; "" for what a draft
        does not hold."""
        spot = self.change.spot
        if spot.place is Place.SETTING:
            return "setting"
        if (spot.place, spot.key) in ((Place.DETAIL, "name"), (Place.DETAIL, "description"), (Place.METADATA, "tags")):
            return spot.key
        return ""

    @property
    def present(self) -> Value:
        """The side to show of what only came, went or moved."""
        return self.old if self.only == "old" else self.new

    @property
    def name(self) -> str:
        """What a part is called; "" for a list's item without a name, whose value says enough."""
        return self.change.spot.label

    @property
    def plain(self) -> bool:
        """Whether a name or a value tells all: it came, went or moved, and has no parts."""
        whole = bool(self.only) or self.change.kind is ChangeKind.MOVED
        return whole and self.text is None and not (self.children or self.same or self.left_out)

    @property
    def shows_states(self) -> bool:
        """Whether a side must be named beside the lines or parts: it is null, absent, empty or of another type."""
        sides = (self.change.old, self.change.new)
        return not self.only and any(side.state is not SideState.VALUE for side in sides)

    @property
    def old_place(self) -> int:
        """Of a list's item, from 1."""
        return (self.change.spot.old_index or 0) + 1

    @property
    def new_place(self) -> int:
        return (self.change.spot.new_index or 0) + 1


@dataclass(frozen=True, slots=True)
class Shown:
    """What `compare/_changes.html` takes. `old_name` and `new_name` head the two sides."""

    comparison: Comparison
    options: Options
    blocks: tuple[Block, ...]
    unchanged: tuple[Block, ...]
    old_name: str
    new_name: str
    full_url: str = ""  # where everything stands that did not fit

    @property
    def left_out(self) -> int:
        """Changes that did not fit at all."""
        return max(0, len(self.comparison.changes) - MOST_BLOCKS)

    @property
    def settings_total(self) -> int:
        return len(self.comparison.of(Place.SETTING))

    @property
    def settings_changed(self) -> int:
        return sum(change.changed for change in self.comparison.of(Place.SETTING))

    @property
    def other_labels(self) -> list[str]:
        """What changed beside the settings."""
        return [label(change) for change in self.comparison.changes if change.spot.place is not Place.SETTING]

    @property
    def added(self) -> int:
        return self.comparison.added_lines

    @property
    def removed(self) -> int:
        return self.comparison.removed_lines
