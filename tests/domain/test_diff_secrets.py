"""A secret's value is nowhere in a comparison, whatever it stands in and whoever names it a secret."""

import pytest

from assistants_app.domain.diff import ChangeKind, Place, SideState, Snapshot, compare, compare_json, summarise
from assistants_app.domain.json_values import ABSENT, Json
from tests.domain.diff_examples import only_change, settings_compared

PASSWORD: Json = {"type": "string", "format": "password"}
OLD, NEW = "sk-old-0123456789", "sk-new-9876543210"


def test_it_works() -> None:
    change = only_change(OLD, NEW, PASSWORD)

    assert change.kind is ChangeKind.SECRET
    assert (change.old.state, change.new.state) == (SideState.HIDDEN, SideState.HIDDEN)
    assert OLD not in repr(change)


@pytest.mark.parametrize(
    "settings",
    [
        lambda secret: {"openai_api_key": secret},
        lambda secret: {"OPENAI-API-KEY": secret},
        lambda secret: {"api_keys": [secret, "x"]},
        lambda secret: {"credentials": {"user": "u", "value": secret}},
        lambda secret: {"tools": [{"name": "search", "api_key": secret}]},
        lambda secret: {"servers": {"one": {"auth": {"password": secret}}}},
        lambda secret: {"declared": secret},
        lambda secret: {"group": {"inner": secret}},
        lambda secret: {"either": {"kind": "b", "hidden": secret}},
        lambda secret: {"deep": [[[[[[[[[[{"token": secret}]]]]]]]]]]},
        lambda secret: {"many": [{"token": secret}, *range(25_000)]},
    ],
)
def test_the_value_is_nowhere(settings: object) -> None:
    branch = {"type": "object", "properties": {"kind": {"const": "b"}, "hidden": PASSWORD}}
    schema = {
        "properties": {
            "declared": PASSWORD,
            "group": {"type": "object", "properties": {"inner": PASSWORD}},
            "either": {"anyOf": [{"type": "object", "properties": {"hidden": {"type": "string"}}}, branch]},
        }
    }
    old, new = settings(OLD), settings(NEW)  # type: ignore[operator]

    for left, right in ((old, new), (new, old), (old, old), ({}, new), (old, {}), (old, dict.fromkeys(old))):
        ends = Snapshot(settings=left, schema=schema), Snapshot(settings=right, schema=schema)
        compared = compare(*ends)
        everything = repr(compared) + repr(compare_json(*ends)) + summarise(compared)
        assert OLD not in everything
        assert NEW not in everything
    assert compare_json(Snapshot(settings=old, schema=schema), Snapshot(settings=new, schema=schema)).added


def test_one_schema_that_names_it_a_secret_is_enough() -> None:
    ends = [
        Snapshot(settings={"x": value}, schema={"properties": {"x": schema}})
        for value, schema in ((OLD, {"type": "string"}), (NEW, PASSWORD))
    ]

    for old, new in ((ends[0], ends[1]), (ends[1], ends[0])):
        assert OLD not in repr(compare(old, new)) + repr(compare_json(old, new))


def test_setting_and_clearing_can_be_told_apart() -> None:
    assert only_change(ABSENT, NEW, PASSWORD).old.state is SideState.ABSENT
    assert only_change(OLD, None, PASSWORD).new.state is SideState.NULL


def test_what_only_sounds_like_a_secret_is_shown() -> None:
    (change,) = settings_compared({"max_tokens": 5}, {"max_tokens": 6}).changes

    assert change.kind is ChangeKind.EDITED


def test_an_unchanged_secret_is_hidden_too() -> None:
    (row,) = settings_compared({"api_key": OLD}, {"api_key": OLD}).of(Place.SETTING)

    assert (row.kind, row.old.state) == (ChangeKind.SAME, SideState.HIDDEN)
