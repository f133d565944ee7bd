"""Rows of tallies, thousands of them for a year, added up: their JSON is read at once, and none is an instance."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

import orjson
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from assistants_app.domain.tally import NUMBERS, Tally

K = TypeVar("K")


def summed(rows: QuerySet[Any], *names: str, key: Callable[..., K]) -> defaultdict[K, Tally]:
    """What those rows come to together that have the same key, which is made of what they hold under the names."""
    found = list(rows.annotate(text=Cast("details", TextField())).values_list("text", *NUMBERS, *names))
    details = orjson.loads(f"[{','.join(row[0] for row in found)}]")
    keys = [key(*row[1 + len(NUMBERS) :]) for row in found]
    together: defaultdict[K, list[int]] = defaultdict(list)
    for number, one in enumerate(keys):
        together[one].append(number)
    result: defaultdict[K, Tally] = defaultdict(Tally)
    for one, numbers in together.items():
        plain = (found[number][1 : 1 + len(NUMBERS)] for number in numbers)
        result[one].take_in_stored(plain, (details[number] for number in numbers))
    return result
