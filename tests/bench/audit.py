"""The audit log: its page as quick for many entries as for few, the export in bounded memory, and what an entry costs.

python -m tests.bench.audit [ENTRIES]        1,000,000 by default
"""

import resource
import sys
import time
from datetime import timedelta
from typing import Any

from tests.bench.measuring import fresh_site, say

TIMES = 9


def main() -> None:
    fresh_site()
    from django.test import Client
    from django.utils import timezone

    from assistants_app.management.seeding import analyze, seed_audit
    from assistants_app.models import Person
    from tests import make

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    person = Person.objects.create_superuser(username="olga")
    client = Client()
    client.force_login(person)
    old = (timezone.now() - timedelta(days=200)).date().isoformat()
    queries = {
        "newest": "",
        "by a person": "who=person:7",
        "an action": "action=refused",
        "an object": "kind=assistant&object=77",
        "by a command, which nothing is": "face=command",
        "an old period": f"until={old}",
        "an old period of a person": f"until={old}&who=person:7",
        "two filters": "face=api&action=assistant.saved",
        "a word that is nowhere": "q=nowhere",
    }
    seed_audit(100, bool)
    few = milliseconds(client, "")  # a page that is full, as most of those below are
    say("newest: 100 entries", few, "ms")
    seed_audit(count, bool)
    analyze()
    for name, query in queries.items():
        many = milliseconds(client, query)
        say(f"{name}: {many:.0f} ms with {count:,} entries, against that", many / few, "times", 3)
    say("an entry", entry_microseconds(make.assistant()), "µs")
    export(count)


def milliseconds(client: Any, query: str) -> float:
    """Of the processor, the least of some times: others work on the machine too."""
    taken = []
    for _time in range(TIMES):
        began = time.process_time()
        assert client.get(f"/audit/?{query}").status_code == 200
        taken.append((time.process_time() - began) * 1000)
    return min(taken)


def entry_microseconds(assistant: Any) -> float:
    from django.db import transaction

    from assistants_app.services import audit
    from assistants_app.services.audit import Action, ObjectKind

    of = {"kind": ObjectKind.ASSISTANT, "id": assistant.assistant_id, "name": assistant.name}
    told: Any = {**of, "before": {"settings.tone": "dry"}, "after": {"settings.tone": "warm"}}
    with transaction.atomic():
        began = time.process_time()
        for _time in range(2000):
            audit.record(Action.ASSISTANT_SAVED, **told)
        return (time.process_time() - began) / 2000 * 1e6


def export(count: int) -> None:
    """As the server does, piece by piece."""
    from assistants_app.web.audit.asked import Asked
    from assistants_app.web.audit.export import PIECE, as_csv
    from assistants_app.web.audit.stretch import walk

    before, began, size, place = peak(), time.process_time(), 0, None
    while True:
        rows, place = walk(Asked(), place, PIECE)
        size += len(as_csv(rows))
        if place is None:
            break
    say(f"export of {count:,} entries as CSV, {size / 1e6:.0f} MB", time.process_time() - began, "s")
    say("more memory at its highest", peak() - before, "MB", 20)


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
