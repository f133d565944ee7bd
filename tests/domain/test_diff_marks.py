"""Nothing that changed stays invisible."""

import pytest

from assistants_app.domain.diff.marks import MarkSpace, looks_alike, pieces
from assistants_app.domain.diff.words import Span


def told(*spans: Span, space: MarkSpace = MarkSpace.CHANGES, line_changed: bool = True, reveal: bool = False) -> str:
    """The pieces in one text, marks in braces."""
    found = pieces(spans, space, line_changed=line_changed, reveal=reveal)
    return "".join(f"{{{piece.mark}}}" if piece.mark else piece.text for piece in found)


def test_it_works() -> None:
    assert told(Span("a"), Span("\u00a0", changed=True), Span("b")) == "a{NBSP}b"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u202eb", "a{RLO}b"),
        ("a\u2066b\u2069", "a{LRI}b{PDI}"),
        ("a\u200bb", "a{ZWSP}b"),
        ("\ufeffa", "{BOM}a"),
        ("a\U000e0068\U000e0069", "a{TAG h}{TAG i}"),
        ("a\x1b[31m", "a{ESC}[31m"),
        ("a\rb", "a{CR}b"),
        ("a\u3164b", "a{U+3164}b"),
        ("a\ue000b", "a\ue000b"),
    ],
)
def test_characters_without_shape_are_marked_everywhere(text: str, expected: str) -> None:
    assert told(Span(text), line_changed=False) == expected
    raw = "".join(piece.text for piece in pieces((Span(text),), MarkSpace.CHANGES, line_changed=False))
    assert not set(raw) & set("\u202e\u2066\u2069\u200b\ufeff\x1b\r")


@pytest.mark.parametrize("text", ["a b", "a\tb", "a\u00a0b", "👩‍💻 ❤️", "می‌خواهم", "a\r"])
def test_usual_texts_stay_as_they_are(text: str) -> None:
    assert told(Span(text), line_changed=False) == text.removesuffix("\r")


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([Span("a  ")], "a{··}"),
        ([Span("a"), Span(" ", changed=True)], "a{·}"),
        ([Span("a"), Span("\t", changed=True), Span("b")], "a{→}b"),
        ([Span("a"), Span("\r", changed=True)], "a{CR}"),
        ([Span("\r")], "{CR}"),
        ([Span("one two", changed=True), Span(" ")], "one two{·}"),
        ([Span("one  two", changed=True)], "one{··}two"),
    ],
)
def test_white_space_is_marked_where_it_changed(spans: list[Span], expected: str) -> None:
    assert told(*spans) == expected


def test_all_white_space_may_be_marked() -> None:
    assert told(Span("a b\u00a0c\td"), space=MarkSpace.ALL, line_changed=False) == "a{·}b{NBSP}c{→}d"


def test_joiners_are_marked_when_nothing_else_differs() -> None:
    assert looks_alike("❤", "❤\ufe0f")
    assert looks_alike("é", "e\u0301")
    assert not looks_alike("a", "b")
    assert told(Span("❤\ufe0f", changed=True), reveal=True) == "❤{U+FE0F}"


def test_letters_of_another_alphabet_that_look_like_latin_ones_are_marked_where_they_changed() -> None:
    assert looks_alike("model", "m\u043edel")
    assert told(Span("m\u043edel", changed=True)) == "m{U+043E}del"
    assert told(Span("m\u043edel"), line_changed=False) == "m\u043edel"
    assert told(Span("\u043c\u043e\u0441\u043a\u0432\u0430 5 \u03bcm \u0394t", changed=True)).count("{") == 0
    (_before, twin, _after) = pieces((Span("m\u043edel", changed=True),), MarkSpace.CHANGES, line_changed=True)
    assert (twin.text, twin.named, twin.name) == ("\u043e", True, "cyrillic small letter o")


def test_left_out_letters_are_passed_on() -> None:
    (piece,) = pieces((Span("", changed=True, left_out=7),), MarkSpace.CHANGES, line_changed=True)

    assert (piece.left_out, piece.changed) == (7, True)


def test_marks_say_what_they_stand_for() -> None:
    found = pieces((Span("a\u200b   ", changed=True),), MarkSpace.CHANGES, line_changed=True)

    assert [(piece.name, piece.named) for piece in found if piece.mark] == [
        ("zero width space", True),
        ("3 spaces", False),
    ]
