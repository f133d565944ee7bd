"""Two texts, line by line: what is the same, what is not, and what of it is shown."""

import pytest
from hypothesis import given

from assistants_app.domain.diff.rows import Allowance, GroupKind, TextRows, text_rows
from tests.domain.diff_examples import TEXTS, diff, marked, rows


def sides(shown: TextRows) -> tuple[str, str]:
    """Both texts, put together from what is shown."""
    all_rows = [row for group in shown.groups for row in group.rows]
    return (
        "\n".join("".join(span.text for span in row.old.spans) for row in all_rows if row.old),
        "\n".join("".join(span.text for span in row.new.spans) for row in all_rows if row.new),
    )


def changed(shown: TextRows) -> list[tuple[str, str]]:
    return [
        (marked(row.old), marked(row.new))
        for group in shown.groups
        if group.kind in (GroupKind.EDITED, GroupKind.REPLACED)
        for row in group.rows
    ]


def test_it_works() -> None:
    shown = rows("Be brief.\nBe kind.\nThe end.", "Be brief.\nBe very kind.\nThe end.\nReally.")

    assert changed(shown) == [("Be kind.", "Be [very ]kind."), ("", "Really.")]
    assert [group.kind for group in shown.groups] == ["same", "edited", "same", "replaced"]


@given(TEXTS, TEXTS)
def test_the_rows_hold_both_texts(old: str, new: str) -> None:
    assert sides(rows(old, new)) == (old, new)


@given(TEXTS, TEXTS)
def test_the_blocks_hold_both_texts(old: str, new: str) -> None:
    compared = diff(old, new)
    blocks = list(compared.blocks)

    assert [n for block in blocks for n in block.old] == list(range(len(compared.old)))
    assert [n for block in blocks for n in block.new] == list(range(len(compared.new)))
    for block in blocks:
        same = [compared.old[n] for n in block.old] == [compared.new[n] for n in block.new]
        assert block.same == (same and len(block.old) > 0)


@given(TEXTS, TEXTS)
def test_the_counts_mirror(old: str, new: str) -> None:
    there, back = diff(old, new), diff(new, old)

    assert (there.added - there.removed) == (back.removed - back.added)
    assert (there.added + there.removed == 0) == (old == new) == (back.added + back.removed == 0)


@given(TEXTS)
def test_a_text_is_the_same_as_itself(text: str) -> None:
    assert changed(rows(text, text)) == []


@given(TEXTS, TEXTS)
def test_line_numbers_ascend(old: str, new: str) -> None:
    all_rows = [row for group in rows(old, new).groups for row in group.rows]

    for side in ([row.old for row in all_rows], [row.new for row in all_rows]):
        numbers = [line.number for line in side if line]
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    ("equal", "kinds"),
    [
        (4, ["replaced", "same", "replaced"]),
        (5, ["replaced", "same", "folded", "same", "replaced"]),
        (50, ["replaced", "same", "folded", "same", "replaced"]),
    ],
)
def test_five_equal_lines_are_folded(equal: int, kinds: list[str]) -> None:
    between = "\n".join(f"line {n}" for n in range(equal))

    shown = rows(f"one\n{between}\ntwo", f"eins\n{between}\nzwei")

    assert [group.kind for group in shown.groups] == kinds
    assert sum(group.count for group in shown.groups) == equal + 2


def test_a_fold_names_the_heading_it_ends_under() -> None:
    between = "\n".join(["# Style", *"abcdefgh", "# Tools", *"ijklmnop"])

    (fold,) = [group for group in rows(f"one\n{between}", f"two\n{between}").groups if group.kind == "folded"]

    assert fold.heading == "# Tools"


def test_every_stretch_of_changes_starts_once() -> None:
    shown = rows("a\nkeep\nb b b\nc", "x\nkeep\nb b d\nnew")

    assert [group.first for group in shown.groups if group.kind not in ("same", "folded")] == [True, True, False]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a\n", "a", [("", "")]),
        ("a", "a\n", [("", "")]),
        ("a", "a ", [("a", "a ")]),
        ("", "a", [("", "a")]),
        ("a\r\nb", "a\nb", [("a\r", "a")]),
    ],
)
def test_ends_and_white_space_are_changes(old: str, new: str, expected: list[tuple[str, str]]) -> None:
    shown = [
        (left.replace("[", "").replace("]", ""), right.replace("[", "").replace("]", ""))
        for left, right in changed(rows(old, new))
    ]

    assert shown == expected


def test_white_space_may_be_ignored() -> None:
    from assistants_app.domain.diff.sequences import Budget
    from assistants_app.domain.diff.text import TextDiff

    compared = TextDiff.of("a  b\nc", "a b \nd", Budget.of(1), ignore_space=True)

    assert (compared.added, compared.removed) == (1, 1)
    assert compared.old == ("a  b", "c")


class TestBounds:
    def test_what_does_not_fit_is_counted(self) -> None:
        old, new = "\n".join(f"old {n}" for n in range(500)), "\n".join(f"neu {n}" for n in range(400))

        shown = text_rows(diff(old, new), Allowance(rows=100))

        assert sum(len(group.rows) for group in shown.groups) == 100
        assert (shown.left_out_old, shown.left_out_new) == (400, 300)

    def test_changes_are_shown_before_folded_lines(self) -> None:
        lines = [f"line {n}" for n in range(600)]
        edited = [line if n % 100 else f"edited {line}" for n, line in enumerate(lines)]

        shown = text_rows(diff("\n".join(lines), "\n".join(edited)), Allowance(rows=40))

        assert len(changed(shown)) == 6
        assert (shown.left_out_old, shown.left_out_new) == (0, 0)
        assert any(group.left_out for group in shown.groups if group.kind == "folded")

    def test_a_very_long_line_keeps_its_change_in_sight(self) -> None:
        words = [f"word{n}" for n in range(20_000)]
        old, new = " ".join(words), " ".join([*words[:10_000], "CHANGED", *words[10_001:]])

        (group,) = text_rows(diff(old, new), Allowance()).groups
        line = group.rows[0].new

        assert line is not None
        assert [span.text for span in line.spans if span.changed] == ["CHANGED"]
        assert sum(len(span.text) for span in line.spans) < 2_000
        assert sum(len(span.text) + span.left_out for span in line.spans) == len(new)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("a\n" * 100_000, "b\n" * 100_000),
            ("\n" * 200_000, "\n" * 200_001),
            ("a" * 300_000, "b" * 300_000),
            ("a b " * 60_000, "b a " * 60_000),
            (
                "".join("ab"[n * n % 7 % 2] + "\n" for n in range(80_000)),
                "".join("ab"[n % 3 % 2] + "\n" for n in range(80_000)),
            ),
        ],
        ids=["lines", "blank lines", "one line", "few words", "two lines in many orders"],
    )
    def test_pathological_texts_are_compared_coarsely(self, old: str, new: str) -> None:
        allowance = Allowance()
        compared = diff(old, new)
        shown = text_rows(compared, allowance)

        assert compared.added
        assert sum(len(group.rows) for group in shown.groups) <= 1_000 + 200
        assert (
            sum(
                len(span.text)
                for g in shown.groups
                for r in g.rows
                for line in (r.old, r.new)
                if line
                for span in line.spans
            )
            < 300_000
        )
