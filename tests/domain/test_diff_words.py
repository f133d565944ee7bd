"""Changed words inside changed lines, and which line became which."""

import pytest
from hypothesis import given

from assistants_app.domain.diff.sequences import Budget, match_sequences
from assistants_app.domain.diff.words import mark_words, segments
from tests.domain.diff_examples import TEXTS, marked, rows


def told(old: str, new: str) -> tuple[str, str]:
    left, right = mark_words(old, new, Budget.of(10))
    return tuple("".join(f"[{s.text}]" if s.changed else s.text for s in side) for side in (left, right))  # type: ignore[return-value]


def test_it_works() -> None:
    assert told("You are a helpful bot.", "You are a terse bot.") == (
        "You are a [helpful] bot.",
        "You are a [terse] bot.",
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("openai:gpt-4o", "openai:gpt-4o-mini", ("openai:gpt-4o", "openai:gpt-4o[-mini]")),
        ("it was good today", "they are good today", ("[it was] good today", "[they are] good today")),
        ("温度は高い", "温度は低い", ("温度は[高]い", "温度は[低]い")),
        ("Thanks 👍🏽!", "Thanks 👍🏿!", ("Thanks [👍🏽]!", "Thanks [👍🏿]!")),
        ("Für 🇩🇪 heute", "Für 🇩🇰 heute", ("Für [🇩🇪] heute", "Für [🇩🇰] heute")),
        ("cafe\u0301 au lait", "cafe au lait", ("[cafe\u0301] au lait", "[cafe] au lait")),
        ("a b", "a  b", ("a[ ]b", "a[  ]b")),
        ("key " + "A" * 40 + "x", "key " + "A" * 40 + "y", ("key " + "A" * 40 + "[x]", "key " + "A" * 40 + "[y]")),
        ("one two", "three four", ("one two", "three four")),
    ],
)
def test_marks(old: str, new: str, expected: tuple[str, str]) -> None:
    assert told(old, new) == expected


@given(TEXTS, TEXTS)
def test_segments_hold_both_texts(old: str, new: str) -> None:
    parts = segments(old, new, Budget.of(10))

    assert "".join(part.old for part in parts) == old
    assert "".join(part.new for part in parts) == new
    assert all(part.old == part.new for part in parts if part.same)


@given(TEXTS, TEXTS)
def test_without_time_it_is_coarse_and_right(old: str, new: str) -> None:
    parts = segments(old, new, Budget.of(0))

    assert ("".join(part.old for part in parts), "".join(part.new for part in parts)) == (old, new)
    assert sum(not part.same for part in parts) <= 1


def test_an_edited_line_stands_beside_what_it_was() -> None:
    shown = rows(
        "Greet the customer by name.\nAsk for the order number.",
        "Never guess.\nAsk politely for the order number.\nStay calm.",
    )

    pairs = [(marked(row.old), marked(row.new)) for group in shown.groups for row in group.rows]
    assert pairs == [
        ("Greet the customer by name.", "Never guess."),
        ("Ask for the order number.", "Ask [politely ]for the order number."),
        ("", "Stay calm."),
    ]


@given(TEXTS, TEXTS)
def test_matches_ascend_and_hold(old: str, new: str) -> None:
    at = (0, 0)
    for match in match_sequences(old, new, Budget.of(10)):
        assert old[match.old : match.old + match.size] == new[match.new : match.new + match.size]
        assert at[0] <= match.old
        assert at[1] <= match.new
        at = match.old + match.size, match.new + match.size
