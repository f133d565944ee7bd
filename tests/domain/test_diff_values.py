"""Two versions' values compared: every kind of change, in schema order, by both sides' schemas."""

from typing import Any

import pytest
from hypothesis import given

from assistants_app.domain.diff import Change, ChangeKind, Place, SideState, Snapshot, compare
from assistants_app.domain.json_values import ABSENT, Absent, Json, same
from tests.domain.diff_examples import SETTINGS, VALUES, only_change, rebuilt, settings_compared

SCHEMA = {
    "type": "object",
    "properties": {
        "prompt": {"type": "string", "title": "System prompt", "default": "Be brief.", "langgraph_nodes": ["write"]},
        "model": {"type": "string", "title": "Model", "oneOf": [{"const": "m-1", "title": "Small"}, {"const": "m-2"}]},
        "temperature": {"type": "number", "title": "Temperature", "default": 0.7},
    },
}


def test_it_works() -> None:
    old = {"prompt": "Be kind.\nBe brief.", "model": "m-1", "temperature": 0.5}
    new = {"prompt": "Be kind.\nBe very brief.", "model": "m-2", "temperature": 0.5}

    compared = settings_compared(old, new, SCHEMA)

    assert [(change.spot.label, change.kind) for change in compared.changes] == [
        ("System prompt", ChangeKind.EDITED),
        ("Model", ChangeKind.EDITED),
    ]
    assert [change.spot.label for change in compared.unchanged if change.spot.place is Place.SETTING] == ["Temperature"]
    assert (compared.added_lines, compared.removed_lines) == (1, 1)
    assert (compared.changes[1].old.words, compared.changes[1].new.words) == ("Small", "m-2")
    assert compared.changes[0].spot.nodes == ("write",)
    assert compared.changes[0].spot.anchor == "/prompt"


@pytest.mark.parametrize(
    ("old", "new", "kind", "states"),
    [
        (ABSENT, 0.5, "added", ("absent", "value")),
        (0.5, ABSENT, "removed", ("value", "absent")),
        (ABSENT, None, "added", ("absent", "null")),
        (None, ABSENT, "removed", ("null", "absent")),
        (None, "", "edited", ("null", "empty")),
        ("", "a", "edited", ("empty", "value")),
        ("a", "", "edited", ("value", "empty")),
        ("a", None, "edited", ("value", "null")),
        ("5", 5, "type_changed", ("value", "value")),
        (1, True, "type_changed", ("value", "value")),
        (0, False, "type_changed", ("value", "value")),
        (1, 1.0, "edited", ("value", "value")),
        ([], {}, "type_changed", ("empty", "empty")),
        ([1], "1", "type_changed", ("value", "value")),
        ([], [0], "edited", ("empty", "value")),
        (False, True, "edited", ("value", "value")),
    ],
)
def test_kinds(old: Json | Absent, new: Json | Absent, kind: str, states: tuple[str, str]) -> None:
    change = only_change(old, new)

    assert change.kind == kind
    assert (change.old.state, change.new.state) == states


MIRROR = {ChangeKind.ADDED: ChangeKind.REMOVED, ChangeKind.REMOVED: ChangeKind.ADDED}


@given(VALUES, VALUES)
def test_kinds_mirror(old: Json, new: Json) -> None:
    if same(old, new):
        return
    there, back = only_change(old, new), only_change(new, old)

    assert there.kind == MIRROR.get(back.kind, back.kind)
    assert (there.old, there.new) == (back.new, back.old)


@given(VALUES, VALUES)
def test_the_parts_hold_both_sides(old: Json, new: Json) -> None:
    if same(old, new):
        return
    change = only_change(old, new)

    assert same(rebuilt(change, "old"), old)
    assert same(rebuilt(change, "new"), new)


@given(SETTINGS, SETTINGS)
def test_every_setting_is_one_row(old: dict[str, Json], new: dict[str, Json]) -> None:
    compared = settings_compared(old, new, SCHEMA)
    keys = [row.spot.key for row in compared.of(Place.SETTING)]

    assert keys[:3] == ["prompt", "model", "temperature"]
    assert sorted(keys) == sorted({*SCHEMA["properties"], *old, *new})  # type: ignore[misc]
    changed = {row.spot.key for row in compared.of(Place.SETTING) if row.changed}
    assert changed == {key for key in {*old, *new} if not same(old.get(key, ABSENT), new.get(key, ABSENT))}


@given(SETTINGS, SETTINGS, SETTINGS, SETTINGS)
def test_only_what_changed(
    old: dict[str, Json], new: dict[str, Json], tags: dict[str, Json], other: dict[str, Json]
) -> None:
    ends = (
        Snapshot(name="A", settings=old, metadata=tags, schema=SCHEMA),
        Snapshot(name="B", settings=new, metadata=other, schema=SCHEMA),
    )

    assert compare(*ends, only_changed=True).rows == compare(*ends).changes


@given(SETTINGS, SETTINGS)
def test_addresses_are_unique_and_the_order_is_stable(old: dict[str, Json], new: dict[str, Json]) -> None:
    def addresses(changes: tuple[Change, ...]) -> list[str]:
        return [part for change in changes for part in (change.spot.anchor, *addresses(change.children))]

    found = addresses(settings_compared(old, new, SCHEMA).rows)

    assert len(found) == len(set(found))
    assert found == addresses(settings_compared(old, new, SCHEMA).rows)
    assert not [address for address in found if any(character.isspace() for character in address)]


class TestSchemas:
    def test_a_setting_that_the_schema_lost_is_still_shown(self) -> None:
        old = Snapshot(settings={"tone": "dry"}, schema={"properties": {"tone": {"type": "string", "title": "Tone"}}})

        (change,) = compare(old, Snapshot(settings={}, schema=SCHEMA)).changes

        assert (change.spot.label, change.spot.gone, change.kind) == ("Tone", True, ChangeKind.REMOVED)

    def test_a_setting_that_no_schema_has_is_shown(self) -> None:
        (change,) = settings_compared({"max_words": 5}, {"max_words": 6}, SCHEMA).changes

        assert (change.spot.label, change.spot.unknown) == ("Max words", True)

    def test_each_side_keeps_its_own_words(self) -> None:
        def schema(title: str, label: str) -> dict[str, Any]:
            choice = {"const": "m", "title": label}
            return {"properties": {"model": {"title": title, "oneOf": [choice, {"const": "n", "title": "N"}]}}}

        old = Snapshot(settings={"model": "m"}, schema=schema("Engine", "Mini"))
        new = Snapshot(settings={"model": "n"}, schema=schema("Model", "Small"))

        (change,) = compare(old, new).changes

        assert (change.spot.label, change.spot.old_label) == ("Model", "Engine")
        assert (change.old.words, change.new.words) == ("Mini", "N")

    def test_absence_says_which_default_applies(self) -> None:
        (change,) = settings_compared({"temperature": 1}, {}, SCHEMA).changes

        assert change.new.state is SideState.ABSENT
        assert "0.7" in change.new.default_note

    @pytest.mark.parametrize("schema", [None, True, [], "text", {"properties": 5}, {"$ref": "#"}])
    def test_no_schema_breaks_it(self, schema: Json) -> None:
        assert len(settings_compared({"a": 1}, {"a": 2}, schema).changes) == 1


def test_name_description_graph_options_and_metadata_are_rows() -> None:
    old = Snapshot(name="A", description="", graph_id="g", config={"recursion_limit": 5}, metadata={"team": "x"})
    new = Snapshot(name="B", description="New", graph_id="h", config={"recursion_limit": 6}, metadata={"team": "y"})

    changes = compare(old, new).changes

    assert [(change.spot.place, change.spot.label, change.spot.anchor) for change in changes] == [
        ("detail", "Name", "detail/name"),
        ("detail", "Description", "detail/description"),
        ("detail", "Graph", "detail/graph_id"),
        ("option", "Recursion limit", "option/recursion_limit"),
        ("metadata", "Team", "metadata/team"),
    ]


class TestNested:
    def test_a_group_is_compared_by_key(self) -> None:
        change = only_change({"a": 1, "b/c": [1], "d": 1}, {"a": 2, "b/c": [1, 2], "d": 1})

        assert [(part.spot.pointer, part.kind) for part in change.children if part.changed] == [
            ("/setting/a", ChangeKind.EDITED),
            ("/setting/b~1c", ChangeKind.EDITED),
        ]

    def test_what_is_too_large_is_compared_as_json(self) -> None:
        change = only_change(list(range(30_000)), list(range(1, 30_001)))

        assert change.as_json
        assert not change.children
        assert change.text is not None
        assert (change.text.added, change.text.removed) == (2, 2)

    def test_what_is_too_deep_is_compared_as_json(self) -> None:
        old: Json = 1
        new: Json = 2
        for _ in range(90):
            old, new = [old], {"a": new}

        assert only_change(old, new).as_json
        assert only_change([old], [[[new]]]).changed

    def test_the_order_of_keys_is_no_change(self) -> None:
        assert not settings_compared({"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}}).changes


@pytest.mark.parametrize(("old", "new"), [("a ", "a"), ("a\r\nb", "a\nb"), ("a b", "a\u00a0b"), ("a\tb", "a b")])
def test_changes_of_white_space_alone_say_so(old: str, new: str) -> None:
    assert only_change(old, new).only_space


def test_a_moved_item_is_no_change_of_white_space() -> None:
    assert not any(part.only_space for part in only_change(["a", "b"], ["b", "a"]).children)
