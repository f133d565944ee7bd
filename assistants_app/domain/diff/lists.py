"""Which item of one list became which item of the other: by value, by id, by name, then by likeness."""

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistants_app.domain.diff.sequences import longest_rising
from assistants_app.domain.json_values import Json, canonical

IDENTITIES = ("id", "agent_id", "key", "name", "title", "label")
"""The keys by which an item is known, the surest first."""
_LONG_TEXT = 40


@dataclass(frozen=True, slots=True)
class ItemPair:
    """An item's index in the old list and in the new one; None where it is not. `moved`: past others that stayed."""

    old: int | None
    new: int | None
    moved: bool = False


def pair_items(old: Sequence[Json], new: Sequence[Json]) -> list[ItemPair]:
    """Every item of both lists once: in the new list's order, removed items after what they used to follow."""
    new_of = _by_value(old, new)
    for key in IDENTITIES:
        _add_by_identity(old, new, new_of, key)
    staying = _staying(new_of)
    _add_alike(old, new, new_of, staying)
    return _in_order(len(old), len(new), new_of, _staying(new_of))


def pair_places(old: Sequence[Json], new: Sequence[Json]) -> list[ItemPair]:
    """Items by position, as in tuples, where the place is the meaning."""
    size = max(len(old), len(new))
    return [ItemPair(n if n < len(old) else None, n if n < len(new) else None) for n in range(size)]


def _by_value(old: Sequence[Json], new: Sequence[Json]) -> dict[int, int]:
    places: defaultdict[str, deque[int]] = defaultdict(deque)
    for n, item in enumerate(new):
        places[canonical(item)].append(n)
    result = {}
    for n, item in enumerate(old):
        if waiting := places.get(canonical(item)):
            result[n] = waiting.popleft()
    return result


def _add_by_identity(old: Sequence[Json], new: Sequence[Json], new_of: dict[int, int], key: str) -> None:
    """Pair the items that are left and have the same value at `key`, which no other item left has."""
    taken = set(new_of.values())
    olds = _named(old, key, set(new_of))
    news = _named(new, key, taken)
    for name, n in olds.items():
        if n is not None and news.get(name) is not None:
            new_of[n] = news[name]  # type: ignore[assignment]


def _named(items: Sequence[Json], key: str, taken: set[int]) -> dict[str, int | None]:
    """The place of each item left, by its value at `key`; None for a value that several items have."""
    result: dict[str, int | None] = {}
    for n, item in enumerate(items):
        if n not in taken and isinstance(item, dict) and isinstance(item.get(key), str | int):
            name = canonical(item[key])
            result[name] = None if name in result else n
    return result


def _staying(new_of: dict[int, int]) -> set[int]:
    """The old places of the items that kept their order among each other: all but the moved ones."""
    olds = sorted(new_of)
    return {olds[n] for n in longest_rising([new_of[old] for old in olds])}


def _add_alike(old: Sequence[Json], new: Sequence[Json], new_of: dict[int, int], staying: set[int]) -> None:
    """Between the items that stayed, pair what is left in order, as far as it looks like an edit."""
    taken = set(new_of.values())
    edges = [(-1, -1), *((n, new_of[n]) for n in sorted(staying)), (len(old), len(new))]
    for (a, c), (b, d) in pairwise(edges):
        news = deque(n for n in range(c + 1, d) if n not in taken)
        for n in range(a + 1, b):
            if n in new_of:
                continue
            while news:
                candidate = news[0]
                if _alike(old[n], new[candidate]):
                    new_of[n] = news.popleft()
                    break
                if b - n > len(news):
                    break
                news.popleft()


def _alike(old: Json, new: Json) -> bool:
    if isinstance(old, dict) and isinstance(new, dict):
        equal = sum(key in new and canonical(new[key]) == canonical(old[key]) for key in old)
        return 3 * equal >= max(len(old), len(new)) or (len(old) == 1 and old.keys() == new.keys())
    if isinstance(old, str) and isinstance(new, str) and min(len(old), len(new)) >= _LONG_TEXT:
        olds, news = set(old.split()), set(new.split())
        return 2 * len(olds & news) >= max(len(olds), len(news))
    return isinstance(old, list) and isinstance(new, list)


def _in_order(olds: int, news: int, new_of: dict[int, int], staying: set[int]) -> list[ItemPair]:
    old_of = {new: old for old, new in new_of.items()}
    gone = deque(n for n in range(olds) if n not in new_of)
    edges = [*sorted(staying), olds]
    result = [ItemPair(gone.popleft(), None) for _ in range(bisect_left(gone, edges[0]))]
    for n in range(news):
        old = old_of.get(n)
        result.append(ItemPair(old, n, moved=old is not None and old not in staying))
        if old is not None and old in staying:
            following = edges[bisect_left(edges, old) + 1]
            result += [ItemPair(gone.popleft(), None) for _ in range(bisect_left(gone, following))]
    return result
