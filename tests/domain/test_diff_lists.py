"""Items of lists: which one became which."""

from hypothesis import given
from hypothesis import strategies as st

from assistants_app.domain.diff import ChangeKind
from assistants_app.domain.diff.lists import pair_items
from assistants_app.domain.json_values import Json
from tests.domain.diff_examples import VALUES, only_change


def told(old: list[Json], new: list[Json], schema: Json = None) -> list[str]:
    """As in "edited 1>2 moved": each item that changed, with its places."""
    return [
        f"{part.kind} {part.spot.old_index}>{part.spot.new_index}" + (" moved" if part.moved else "")
        for part in only_change(old, new, schema).children
        if part.changed
    ]


def test_it_works() -> None:
    old = [{"name": "search", "limit": 5}, {"name": "mail"}, {"name": "map"}, {"name": "draw", "size": 3}]
    new = [{"name": "draw", "size": 4}, {"name": "search", "limit": 5}, {"name": "map"}, {"name": "talk"}]

    assert told(old, new) == ["edited 3>0 moved", "removed 1>None", "added None>3"]


def test_values_are_matched_by_what_they_are() -> None:
    assert told(["a", "b", "c"], ["c", "a", "b"]) == ["moved 2>0 moved"]
    assert told(["a", "b"], ["a", "c"]) == ["removed 1>None", "added None>1"]
    assert told(["a", "a"], ["a"]) == ["removed 1>None"]
    assert told([1], [True]) == ["removed 0>None", "added None>0"]


def test_an_id_says_more_than_a_name() -> None:
    old = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
    new = [{"id": 1, "name": "b"}, {"id": 2, "name": "a"}]

    assert told(old, new) == ["edited 0>0", "edited 1>1"]


def test_items_without_a_name_are_matched_by_likeness() -> None:
    text = "Always answer in the language of the customer, whatever the documents say."
    assert told([text, "b"], [text + " Never guess.", "b"]) == ["edited 0>0"]
    assert told([{"a": 1, "b": 2, "c": 3}], [{"a": 1, "b": 2, "c": 4}]) == ["edited 0>0"]
    assert told([{"a": 1}], [{"b": 2, "c": 3}]) == ["removed 0>None", "added None>0"]


def test_names_that_occur_twice_identify_nothing() -> None:
    old = [{"name": "x", "v": 1}, {"name": "x", "v": 2}]
    new = [{"name": "x", "v": 2}, {"name": "x", "v": 3}]

    assert told(old, new) in (["removed 0>None", "added None>1"], ["edited 0>1 moved"])


def test_the_places_of_a_tuple_mean_something() -> None:
    schema = {"type": "array", "prefixItems": [{"type": "number"}, {"type": "number"}], "items": False}

    assert told([1, 2], [2, 1], schema) == ["edited 0>0", "edited 1>1"]


def test_an_item_is_called_by_its_name() -> None:
    (part,) = only_change([{"name": "search", "on": True}], [{"name": "search", "on": False}]).children

    assert part.spot.label == "search"
    assert part.spot.anchor == "/setting/0"


def test_thousands_of_items() -> None:
    old = [{"id": n, "value": n} for n in range(4_000)]
    new = [{"id": n, "value": -n} for n in reversed(range(4_000))]

    kinds = [part.kind for part in only_change(old, new).children]

    assert len(kinds) == 4_000
    assert kinds.count(ChangeKind.MOVED) == 1
    assert kinds.count(ChangeKind.EDITED) == 3_999


@given(st.lists(VALUES, max_size=8), st.lists(VALUES, max_size=8))
def test_every_item_is_told_once(old: list[Json], new: list[Json]) -> None:
    pairs = pair_items(old, new)

    assert sorted(pair.old for pair in pairs if pair.old is not None) == list(range(len(old)))
    assert [pair.new for pair in pairs if pair.new is not None] == list(range(len(new)))


@given(st.lists(st.sampled_from("abcdefgh"), max_size=8))
def test_a_list_is_the_same_as_itself(items: list[str]) -> None:
    assert all(pair.old == pair.new and not pair.moved for pair in pair_items(items, items))
