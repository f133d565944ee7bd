"""Two versions of an assistant, compared: the door to the parts of a comparison."""

from assistants_app.domain import tags
from assistants_app.domain.diff.changes import (
    Change,
    ChangeKind,
    Comparison,
    Place,
    Side,
    SideState,
    Snapshot,
    Spot,
    root_spot,
)
from assistants_app.domain.diff.secrets import Specs, child_specs, masked, pretty
from assistants_app.domain.diff.summary import MOST_PHRASES, summarise
from assistants_app.domain.diff.text import TextDiff
from assistants_app.domain.diff.values import Comparer, keyed_spot, ordered_keys
from assistants_app.domain.form_spec import read_schema
from assistants_app.domain.form_spec.hints import humanise
from assistants_app.domain.json_values import ABSENT, Json
from assistants_app.domain.language import gettext as _
from assistants_app.domain.language import gettext_noop

__all__ = [
    "MOST_PHRASES",
    "Change",
    "ChangeKind",
    "Comparison",
    "Place",
    "Side",
    "SideState",
    "Snapshot",
    "Spot",
    "compare",
    "compare_json",
    "summarise",
]

_SECONDS = 0.5
"""How long comparing lines may take before it gets coarser."""

_DETAILS = (
    ("name", gettext_noop("Name")),
    ("description", gettext_noop("Description")),
    ("graph_id", gettext_noop("Graph")),
)


def compare(
    old: Snapshot, new: Snapshot, *, ignore_space: bool = False, only_changed: bool = False, most: int | None = None
) -> Comparison:
    """Every difference between two snapshots, and, unless `only_changed`, what is the same; never raises, bounded in
    time. With `most` no more than so many keys of each part are looked into, and those of the settings counted.

    Settings come in the newer schema's order, then those that only the older one knows, then those that
    neither knows. Each side's values are labelled by the schema that it was saved with.
    """
    comparer = Comparer(_SECONDS, ignore_space, only_changed, most=most)
    rows = _details(comparer, old, new)
    if comparer.may_tell(old.settings, new.settings):
        specs = _specs_of(old, new)
        rows += _entries(comparer, Place.SETTING, old.settings, new.settings, specs)
    rows += _entries(comparer, Place.OPTION, old.config, new.config, (None, None))
    rows += _entries(comparer, Place.METADATA, old.metadata, new.metadata, (None, None))
    return Comparison(tuple(rows), comparer.further)


def compare_json(old: Snapshot, new: Snapshot, *, ignore_space: bool = False) -> TextDiff:
    """Both snapshots as canonical, indented JSON, compared by line; secrets are hidden."""
    specs = _specs_of(old, new)
    parts = {
        "settings": masked(_group(old.settings), _group(new.settings), specs),
        "config": masked(_group(old.config), _group(new.config), (None, None)),
        "metadata": masked(_group(old.metadata), _group(new.metadata), (None, None)),
    }
    texts = [
        pretty(
            {**{key: getattr(side, key) for key, _label in _DETAILS}, **{key: pair[n] for key, pair in parts.items()}}
        )
        for n, side in enumerate((old, new))
    ]
    return Comparer(_SECONDS, ignore_space).lines(texts[0], texts[1])


def _specs_of(old: Snapshot, new: Snapshot) -> Specs:
    spec = read_schema(old.schema).root
    return spec, spec if new.schema is old.schema else read_schema(new.schema).root


def _group(value: Json) -> dict[str, Json]:
    """Settings as they must be; what a program stored otherwise is shown under no name."""
    if isinstance(value, dict):
        return value
    return {} if value is None else {"": value}


def _details(comparer: Comparer, old: Snapshot, new: Snapshot) -> list[Change]:
    root = root_spot(Place.DETAIL)
    return [
        comparer.compare(
            keyed_spot(root, key, (None, None), _(label)),
            getattr(old, key),
            getattr(new, key),
            (None, None),
        )
        for key, label in _DETAILS
        if comparer.tells(getattr(old, key), getattr(new, key))
    ]


def _entries(comparer: Comparer, place: Place, before: Json, after: Json, specs: Specs) -> list[Change]:
    """A row for each key that a schema or a side has: what is absent on both sides is a row too, where what stayed is
    told."""
    if not comparer.may_tell(before, after):
        return []
    old, new, root = _group(before), _group(after), root_spot(place)
    changes: list[Change] = []
    for key in ordered_keys(specs, old, new):
        left, right = old.get(key, ABSENT), new.get(key, ABSENT)
        if not comparer.tells(left, right):
            continue
        if comparer.most is not None and len(changes) >= comparer.most and key != tags.KEY:
            comparer.further += place is Place.SETTING
            continue
        below = child_specs(specs, key)
        known = below != (None, None)
        label = "" if known else humanise(key)
        spot = keyed_spot(root, key, below, label, unknown=not known and place is Place.SETTING)
        changes.append(comparer.compare(spot, left, right, below))
    return changes
