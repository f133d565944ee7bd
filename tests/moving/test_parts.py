"""However large a table is, little of it is held in memory."""

from collections.abc import Iterator

import pytest

from assistants_app.management.moving import target
from assistants_app.management.moving.parts import Part, Row
from assistants_app.management.moving.target import batches


def part(rows: list[tuple[str, Row]]) -> Part:
    def read() -> Iterator[tuple[str, Row]]:
        yield from rows

    return Part("things", len(rows), {"a": ("n", "text"), "b": ("n", "text")}, read)


def test_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "ROWS", 3)
    rows: list[tuple[str, Row]] = [("ab"[number % 2], (number, "")) for number in range(7)]
    made = list(batches(part(rows)))
    assert [sum(map(len, batch.values())) for batch in made] == [3, 3, 1]
    assert [row for batch in made for row in batch["a"]] == [(0, ""), (2, ""), (4, ""), (6, "")]
    assert [row for batch in made for row in batch["b"]] == [(1, ""), (3, ""), (5, "")]


@pytest.mark.parametrize("value", ["x" * 60, b"x" * 60])
def test_large_rows(monkeypatch: pytest.MonkeyPatch, value: str | bytes) -> None:
    monkeypatch.setattr(target, "BYTES", 100)
    made = list(batches(part([("a", (number, value)) for number in range(5)])))
    assert [len(batch["a"]) for batch in made] == [2, 2, 1]


def test_nothing() -> None:
    assert list(batches(part([]))) == []
