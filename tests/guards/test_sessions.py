"""Sessions that share the tests: none is left out, none runs twice, each begins with its own kind."""

from pathlib import Path

import pytest

from tests.sessions import Place, in_turn


class Item(pytest.Item):
    def runtest(self) -> None: ...


@pytest.fixture
def items(request: pytest.FixtureRequest) -> list[pytest.Item]:
    """Two of each file."""
    made: list[pytest.Item] = []
    for name in ("web/test_a.py", "faults/test_b.py", "domain/test_c.py", "browser/test_d.py", "browser/test_e.py"):
        for number in (1, 2):
            item = Item.from_parent(request.session, name=f"{name}::{number}", nodeid=f"{name}::{number}")
            item.path = Path("tests") / name
            if name.startswith("browser"):
                item.add_marker("browser")
            made.append(item)
    return made


def names(files: list[list[pytest.Item]]) -> list[str]:
    return [tests[0].path.stem[-1] for tests in files]


def test_each_begins_with_its_own_kind(items: list[pytest.Item], tmp_path: Path) -> None:
    assert names(in_turn(items, Place(tmp_path, "sqlite", 0))) == ["b", "a", "c", "d", "e"]
    assert names(in_turn(items, Place(tmp_path, "sqlite", 1))) == ["d", "e", "a", "b", "c"]


def test_none_is_left_out_and_none_runs_twice(items: list[pytest.Item], tmp_path: Path) -> None:
    both = [Place(tmp_path, "sqlite", number) for number in (0, 1)]
    asking = [iter(in_turn(items, place)) for place in both]
    taken: list[str] = []
    for _ in in_turn(items, both[0]):
        for place, files in zip(both, asking, strict=True):
            tests = next(files)
            if place.take(tests):
                taken += [item.nodeid for item in tests]

    assert sorted(taken) == sorted(item.nodeid for item in items)


def test_the_other_database_has_its_own(items: list[pytest.Item], tmp_path: Path) -> None:
    assert Place(tmp_path, "sqlite", 0).take(items)
    assert Place(tmp_path, "postgres", 0, again=True).take(items)
    assert not Place(tmp_path, "postgres", 1, again=True).take(items)


@pytest.mark.parametrize("again", [False, True])
def test_a_session_beside_knows_its_place(again: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ASSISTANTS_TEST_BESIDE", raising=False)
    assert Place.beside() is None

    place = Place(tmp_path, "postgres", 1, again=again)
    monkeypatch.setenv("ASSISTANTS_TEST_BESIDE", str(tmp_path / place.name))
    assert Place.beside() == place
