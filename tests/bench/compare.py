"""The comparison: two prompts of 1 MB that differ everywhere in under 2 s, whatever they are made of."""

import time
from collections.abc import Iterator
from random import Random
from typing import Any

from tests.bench.measuring import compare, fresh_site, say

SIZE = 1_000_000
LIMIT = 2.0


def main() -> None:
    fresh_site()
    from django.test import Client
    from django.urls import reverse

    from assistants_app.domain.diff import Snapshot, summarise
    from assistants_app.domain.diff import compare as compare_snapshots
    from assistants_app.models import Person
    from tests import make

    client = Client()
    client.force_login(Person.objects.create_superuser(username="olga"))

    def address(old: Any, new: Any) -> str:
        made = make.assistant(settings=old)
        make.version(made, settings=new)
        return reverse("assistant-compare", args=[made.assistant_id, "v1", "v2"])

    plain = address({"system_prompt": "Be brief."}, {"system_prompt": "Be kind."})
    client.get(plain)
    for name, old, new in cases():
        settings = {"system_prompt": old}, {"system_prompt": new}
        path = address(*settings)
        for what, query in (("", ""), (", raw JSON", "?tab=raw")):
            start = time.perf_counter()
            answer = client.get(path + query)
            seconds = time.perf_counter() - start
            assert answer.status_code == 200
            say(f"page: {name}{what} ({len(answer.content) // 1000} kB)", seconds, "s", LIMIT)
        start = time.perf_counter()
        summarise(compare_snapshots(Snapshot(settings=settings[0]), Snapshot(settings=settings[1])))
        say(f"what a save adds: {name}", time.perf_counter() - start, "s", LIMIT)

    long = prose(1), prose(2)
    path = address({"system_prompt": long[0][:20_000]}, {"system_prompt": long[1][:20_000]})
    seconds = compare(lambda: client.get(plain), lambda: client.get(path))
    say("page: one short prompt", seconds[0] * 1000, "ms")
    say("page: 20 kB that differ everywhere, against one short prompt", seconds[1] / seconds[0], "times")


def cases() -> Iterator[tuple[str, Any, Any]]:
    """Names, and two values each."""
    first, second = prose(1), prose(2)
    yield "prose", first, second
    yield "prose on one line", first.replace("\n", " "), second.replace("\n", " ")
    yield "one letter a line", "a\n" * (SIZE // 2), "b\n" * (SIZE // 2)
    yield "blank lines", "\n" * SIZE, "\n" * (SIZE // 2) + "x" + "\n" * (SIZE // 2)
    yield "two lines in any order", any_of("a\n", "b\n", seed=1), any_of("a\n", "b\n", seed=2)
    yield "two words in any order", any_of("a ", "b ", seed=1), any_of("a ", "b ", seed=2)
    yield "one word", "a" * SIZE, "b" * SIZE
    yield "every word another", first, first.replace("e", "x")
    yield "lines in another order", first, "\n".join(sorted(first.split("\n")))
    yield "letters with accents", "e\u0301" * (SIZE // 2), "e\u0300" * (SIZE // 2)
    yield "invisible characters", "\u200b" * SIZE, "\u200c" * SIZE
    items = [{"id": n, "text": f"Item {n}"} for n in range(5_000)]
    yield "list of 5,000, shuffled and edited", items, [{**item, "on": True} for item in shuffled(items)]
    yield "list of 200,000 numbers", list(range(200_000)), list(range(7, 200_007))


def prose(seed: int) -> str:
    """1 MB of lines of twelve words out of five thousand."""
    random = Random(seed)
    words = ["".join(random.choices("abcdefghijklmnop", k=random.randint(2, 9))) for _word in range(5_000)]
    lines = (" ".join(random.choices(words, k=12)) for _line in range(SIZE // 60))
    return "\n".join(lines)[:SIZE]


def any_of(*parts: str, seed: int) -> str:
    return "".join(Random(seed).choices(parts, k=SIZE // len(parts[0])))


def shuffled(items: list[Any]) -> list[Any]:
    return Random(3).sample(items, len(items))


if __name__ == "__main__":
    main()
