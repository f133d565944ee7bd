"""The one line that says what changed."""

import pytest

from assistants_app.domain.diff import MOST_PHRASES, Snapshot, compare, summarise
from assistants_app.domain.json_values import ABSENT, Absent, Json

SCHEMA = {
    "properties": {
        "prompt": {"type": "string", "title": "System prompt"},
        "model": {"type": "string", "title": "Model"},
        "tools": {"type": "array", "title": "Tools"},
        "key": {"type": "string", "title": "Key", "format": "password"},
    }
}


def summary(key: str, old: Json | Absent, new: Json | Absent) -> str:
    ends = [Snapshot(settings={} if value is ABSENT else {key: value}, schema=SCHEMA) for value in (old, new)]
    return summarise(compare(*ends))


def test_it_works() -> None:
    old = Snapshot(settings={"prompt": "One.\nTwo.\nThree.\nFour.", "model": "a"}, schema=SCHEMA)
    new = Snapshot(settings={"prompt": "One.\nZwei.\nDrei.\nVier.", "model": "b"}, schema=SCHEMA)

    assert summarise(compare(old, new)) == "Rewrote 3 lines of System prompt; changed Model"


@pytest.mark.parametrize(
    ("key", "old", "new", "expected"),
    [
        ("prompt", "a\nb", "a\nb\nc", "Added 1 line to System prompt"),
        ("prompt", "a\nb\nc", "a", "Removed 2 lines from System prompt"),
        ("prompt", "a\nb", "c\nd", "Rewrote System prompt"),
        ("prompt", "Be kind. " * 20 + "Be brief.", "Be kind. " * 20 + "Be clear.", "Edited System prompt"),
        ("prompt", "a\nb", "a\nb ", "Changed white space in System prompt"),
        ("model", ABSENT, "a", "Set Model"),
        ("model", "a", ABSENT, "Took Model back to the graph's default"),
        ("model", "a", None, "Set Model to null"),
        ("model", "a", "", "Emptied Model"),
        ("model", "", "a", "Set Model"),
        ("model", "5", 5, "Changed Model"),
        ("tools", ["a", "b"], ["b", "a"], "Reordered Tools"),
        ("tools", ["a", "b"], ["a", "c", "d"], "Added 2 items, removed 1 item in Tools"),
        ("tools", [{"id": 1, "v": 1}], [{"id": 1, "v": 2}], "Edited 1 item in Tools"),
        ("key", "secret-a", "secret-b", "Replaced Key"),
        ("key", ABSENT, "secret-b", "Set Key"),
        ("key", "secret-a", ABSENT, "Took Key back to the graph's default"),
        ("model", "a", "a", ""),
    ],
)
def test_phrases(key: str, old: Json | Absent, new: Json | Absent, expected: str) -> None:
    assert summary(key, old, new) == expected


def test_name_and_options() -> None:
    old = Snapshot(name="A", description="x", config={"a": 1, "b": 1}, metadata={"a": 1, "b": 1})
    new = Snapshot(name="B\nC", description="y", config={"a": 2, "b": 2}, metadata={"a": 2, "b": 2})

    assert summarise(compare(old, new)) == (
        "Renamed to B C; changed the description; changed run options; changed metadata"
    )


def test_many_changes_make_one_line_still() -> None:
    keys = [f"a_rather_long_name_of_a_setting_number_{n}" for n in range(50)]

    line = summarise(compare(Snapshot(settings=dict.fromkeys(keys, 1)), Snapshot(settings=dict.fromkeys(keys, 2))))

    assert line.endswith("; 47 more changes")
    assert len(line) < 250
    assert "\n" not in line


@pytest.mark.parametrize("details", [{}, {"name": "Other", "description": "new", "graph_id": "g"}])
@pytest.mark.parametrize("settings", [1, 3, 4, 5, 500])
@pytest.mark.parametrize("metadata", [0, 500])
def test_what_is_not_told_need_not_be_compared(details: dict[str, str], settings: int, metadata: int) -> None:
    """The line is the same where no more is looked into than it tells."""
    old = Snapshot(settings=dict.fromkeys(map(str, range(settings)), 1), config={"a": 1})
    told = {**dict.fromkeys(map(str, range(metadata)), 1), "tags": ["new"]}
    new = Snapshot(settings=dict.fromkeys(old.settings, 2), config={"b": 1}, metadata=told, **details)

    few = compare(old, new, only_changed=True, most=MOST_PHRASES)

    assert len(few.rows) <= 3 + 4 + 2 + 5
    assert summarise(few) == summarise(compare(old, new))
