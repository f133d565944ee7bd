"""Two JSON values compared: groups key by key, lists item by item, texts by line, whatever is too large as JSON."""

import time
from dataclasses import dataclass, replace
from urllib.parse import quote

from assistants_app.domain.diff.changes import Change, ChangeKind, Side, SideState, Spot
from assistants_app.domain.diff.lists import IDENTITIES, ItemPair, pair_items, pair_places
from assistants_app.domain.diff.secrets import Specs, child_specs, is_secret, item_specs, masked, pretty
from assistants_app.domain.diff.sequences import Budget
from assistants_app.domain.diff.text import TextDiff
from assistants_app.domain.form_spec.choices import position, type_word
from assistants_app.domain.form_spec.fields import FieldSpec, Kind
from assistants_app.domain.json_pointer import escape
from assistants_app.domain.json_values import ABSENT, Absent, Json, same
from assistants_app.domain.language import gettext as _

LONG_TEXT = 100
"""A text with more letters than these, or with several lines, is compared by line."""
_MOST_PARTS = 20_000
"""The most rows of one comparison; values beyond are compared as JSON."""
_DEEPEST = 8
_ADDRESS_SAFE = "~:@!$'()*,;="


@dataclass(slots=True)
class Comparer:
    """One comparison under way: what it may still cost, how it looks at white space, whether what stayed is told."""

    seconds_left: float
    ignore_space: bool = False
    only_changed: bool = False
    parts_left: int = _MOST_PARTS
    most: int | None = None
    further: int = 0
    """Settings beyond `most` that changed."""

    def tells(self, old: Json | Absent, new: Json | Absent) -> bool:
        """Whether these two get a row."""
        return not self.only_changed or not same(old, new)

    def may_tell(self, old: Json, new: Json) -> bool:
        """Whether anything in these two may get a row; seen without looking into them."""
        return not self.only_changed or old is not new

    def compare(self, spot: Spot, old: Json | Absent, new: Json | Absent, specs: Specs) -> Change:
        """The change between two values at one spot; its kind is SAME when there is none."""
        self.parts_left -= 1
        if is_secret(spot.key, old, new, specs):
            kind = ChangeKind.SAME if same(old, new) else ChangeKind.SECRET
            return Change(spot, kind, _hidden_side(old, specs), _hidden_side(new, specs))
        # A list or a group is kept with the secrets in it masked: nothing outside this function sees them.
        shown = masked(old, new, specs, spot.key) if _is_container(old) or _is_container(new) else (old, new)
        kind = ChangeKind.SAME if same(old, new) else _kind(old, new)
        change = Change(spot, kind, _side(shown[0], specs[0] or specs[1]), _side(shown[1], specs[1] or specs[0]))
        if kind is ChangeKind.SAME:
            return change
        if kind is ChangeKind.TYPE_CHANGED:
            return self._as_json(change) if change.old.is_container or change.new.is_container else change
        if change.old.is_text or change.new.is_text:
            return self._as_text(change)
        if change.old.is_container or change.new.is_container:
            return self._by_part(change, old, new, specs)
        return change

    def lines(self, old: str, new: str) -> TextDiff:
        """Compare two texts in what is left of the time for that."""
        start = time.monotonic()
        diff = TextDiff.of(old, new, Budget.of(self.seconds_left), ignore_space=self.ignore_space)
        self.seconds_left = max(0.0, self.seconds_left - (time.monotonic() - start))
        return diff

    def _as_text(self, change: Change) -> Change:
        old, new = (side.value if isinstance(side.value, str) else "" for side in (change.old, change.new))
        if max(len(old), len(new)) <= LONG_TEXT and "\n" not in old + new:
            return change
        return replace(change, text=self.lines(old, new))

    def _as_json(self, change: Change) -> Change:
        return replace(change, text=self.lines(pretty(change.old.value), pretty(change.new.value)), as_json=True)

    def _by_part(self, change: Change, old: Json | Absent, new: Json | Absent, specs: Specs) -> Change:
        size = sum(len(value) for value in (old, new) if isinstance(value, dict | list))
        if size > self.parts_left or change.spot.level >= _DEEPEST:
            return self._as_json(change)
        if isinstance(old, list) or isinstance(new, list):
            items = [value if isinstance(value, list) else [] for value in (old, new)]
            return replace(change, children=self._items(change.spot, items[0], items[1], specs), of_list=True)
        groups = [value if isinstance(value, dict) else {} for value in (old, new)]
        return replace(change, children=self._keys(change.spot, groups[0], groups[1], specs))

    def _keys(self, parent: Spot, old: dict[str, Json], new: dict[str, Json], specs: Specs) -> tuple[Change, ...]:
        return tuple(
            self.compare(
                keyed_spot(parent, key, child_specs(specs, key)),
                old.get(key, ABSENT),
                new.get(key, ABSENT),
                child_specs(specs, key),
            )
            for key in ordered_keys(specs, old, new)
            if key in old or key in new
        )

    def _items(self, parent: Spot, olds: list[Json], news: list[Json], specs: Specs) -> tuple[Change, ...]:
        by_place = any(spec is not None and spec.kind is Kind.TUPLE for spec in specs)
        pairs = (pair_places if by_place else pair_items)(olds, news)
        return tuple(self._item(parent, olds, news, pair, specs) for pair in pairs)

    def _item(self, parent: Spot, olds: list[Json], news: list[Json], pair: ItemPair, specs: Specs) -> Change:
        old = ABSENT if pair.old is None else olds[pair.old]
        new = ABSENT if pair.new is None else news[pair.new]
        index = pair.old if pair.new is None else pair.new
        spot = Spot(
            place=parent.place,
            pointer=f"{parent.pointer}/{index}",
            key="",
            label="",
            level=parent.level + 1,
            old_index=pair.old,
            new_index=pair.new,
            # A removed item and the new one at its place have one pointer, but not one address.
            anchor=f"{parent.anchor}/{index}{':old' if pair.new is None else ''}",
        )
        change = self.compare(spot, old, new, item_specs(specs, pair.old, pair.new))
        # Named after what may be shown of it.
        name = _item_name(change.old.value if change.new.value is ABSENT else change.new.value)
        kind = ChangeKind.MOVED if pair.moved and not change.changed else change.kind
        return replace(change, spot=replace(spot, label=name), kind=kind, moved=pair.moved)


def keyed_spot(parent: Spot, key: str, specs: Specs, label: str = "", *, unknown: bool = False) -> Spot:
    """The spot of a key: under the newer schema's label, else the older one's, else `label`, else the key."""
    old, new = specs
    named = [spec for spec in (new, old) if spec and spec.key == key]
    token = escape(key)
    return Spot(
        place=parent.place,
        pointer=f"{parent.pointer}/{token}",
        key=key,
        label=named[0].label if named else label or key,
        old_label=named[1].label if len(named) > 1 and named[1].label != named[0].label else "",
        nodes=named[0].nodes if named else (),
        gone=new is None and old is not None,
        unknown=unknown,
        level=parent.level + 1,
        anchor=f"{parent.anchor}/{_addressed(token)}",
    )


def _addressed(token: str) -> str:
    return token if token.isascii() and token.isidentifier() else quote(token, safe=_ADDRESS_SAFE)


def ordered_keys(specs: Specs, old: dict[str, Json], new: dict[str, Json]) -> list[str]:
    """Keys in the newer schema's order, then the older one's, then as they are stored."""
    fields: list[FieldSpec] = [field for spec in (specs[1], specs[0]) if spec for field in spec.children]
    return list(dict.fromkeys([*(field.key for field in fields), *new, *old]))


def _is_container(value: Json | Absent) -> bool:
    return isinstance(value, dict | list)


def _kind(old: Json | Absent, new: Json | Absent) -> ChangeKind:
    if old is ABSENT:
        return ChangeKind.ADDED
    if new is ABSENT:
        return ChangeKind.REMOVED
    if old is None or new is None or type_word(old) == type_word(new):
        return ChangeKind.EDITED
    return ChangeKind.TYPE_CHANGED


def _hidden_side(value: Json | Absent, specs: Specs) -> Side:
    return Side(SideState.HIDDEN) if value is not ABSENT and value is not None else _side(value, specs[1] or specs[0])


def _side(value: Json | Absent, spec: FieldSpec | None) -> Side:
    if value is ABSENT:
        return Side(SideState.ABSENT, default_note=spec.default_note if spec else "")
    if value is None:
        return Side(SideState.NULL, None, type_word=type_word(None))
    state = SideState.EMPTY if value in ("", [], {}) else SideState.VALUE
    return Side(state, value, _words(value, spec), type_word(value))


def _words(value: Json, spec: FieldSpec | None) -> str:
    """A plain value as the form says it; "" for texts, which are shown as they are, and for lists and groups."""
    index = position(spec.choices, value) if spec else None
    if spec and index is not None:
        return spec.choices[index].label
    if isinstance(value, bool):
        return _("On") if value else _("Off")
    return str(value) if isinstance(value, int | float) else ""


def _item_name(item: Json | Absent) -> str:
    """What an item of a list is called: its name, title or id; "" when it has none."""
    if not isinstance(item, dict):
        return ""
    names = (item.get(key) for key in ("name", "title", "label", *IDENTITIES))
    return next((name for name in names if isinstance(name, str) and name), "")
