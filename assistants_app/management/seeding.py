"""Fills an empty site with as many rows as a large one has, for measuring. The databases make the rows themselves."""

import json
import secrets
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from assistants_app.graphs.entries import GraphEntry
from assistants_app.models import Assistant, AssistantVersion, AuditEntry, ModelPrice, Person, Run, Thread
from assistants_app.services.counting import count_all, count_anew

ROWS = 500
AT_ONCE = 200_000
"""Rows of one statement: how far it is can be told after each."""

RUNS_A_THREAD = 5
DAYS = 365

Tell = Callable[[str], object]

PRIME, SPREAD = 1_000_003, 7_919
"""From a row's number, a number below the prime that looks like chance."""


def seed_people(count: int) -> None:
    people = [Person(username=f"seed-{n}", first_name="Person", last_name=f"{n}") for n in range(count)]
    Person.objects.bulk_create(people, batch_size=ROWS, ignore_conflicts=True)


def seed_assistants(count: int, versions: int, graphs: Sequence[GraphEntry], tell: Tell) -> list[int]:
    """Each with one version, the first with so many; their pks."""
    now = timezone.now()
    made: list[int] = []
    for start in range(0, count, ROWS):
        rows = [_assistant(n, graphs[n % len(graphs)]) for n in range(start, min(count, start + ROWS))]
        made += [row.pk for row in Assistant.objects.bulk_create(rows)]
        AssistantVersion.objects.bulk_create(
            [_version(row, 1, now - timedelta(minutes=row.pk % 500_000)) for row in rows]
        )
    tell(f"{count:,} assistants")
    if made and versions > 1:
        first = Assistant.objects.get(pk=made[0])
        rest = (
            _version(first, number, now - timedelta(minutes=versions - number)) for number in range(2, versions + 1)
        )
        AssistantVersion.objects.bulk_create(rest, batch_size=ROWS)
        Assistant.objects.filter(pk=first.pk).update(version=versions)
        tell(f"{versions:,} versions of one")
    return made


def _assistant(number: int, graph: GraphEntry) -> Assistant:
    words = ("Writer", "Helper", "Translator", "Reviewer", "Planner", "Reader", "Clerk")
    return Assistant(
        assistant_id=uuid.uuid4(),
        graph_id=graph.graph_id,
        name=f"{words[number % len(words)]} {number}",
        description="Made for measuring.",
        settings_schema=graph.settings_schema,
        metadata={"tags": [f"team-{number % 20}"]} if number % 3 else {},
    )


def _version(of: Assistant, number: int, date: object) -> AssistantVersion:
    names = ("id", "assistant_id", "graph_id", "name", "description", "metadata", "settings_schema")
    columns = {name: getattr(of, name) for name in names}
    about = {"number": number, "version": number, "author": "System", "summary": f"Changed Prompt {number}"}
    return AssistantVersion(
        **columns, **about, context={}, config={}, base=number - 1 or None, history_date=date, history_type="~"
    )


def seed_runs(count: int, assistants: Sequence[int], tell: Tell) -> None:
    """Spread over a year; some assistants have far more than others."""
    ModelPrice.objects.get_or_create(model="small*", defaults={"input_price": 1, "output_price": 4})
    of_threads, of_runs = secrets.token_hex(4), secrets.token_hex(4)  # a site may be filled twice
    threads = -(-count // RUNS_A_THREAD)
    first, many = min(assistants), len(assistants)
    graph_of = f"(SELECT graph_id FROM {Assistant._meta.db_table} WHERE id = {{assistant}})"
    skewed = f"({_chance('i')} / {PRIME}.0)"
    assistant = f"{first} + CAST({many - 1} * {skewed} * {skewed} * {skewed} AS bigint)"
    of_thread = assistant.replace("i * ", f"(i / {RUNS_A_THREAD}) * ")
    for start, end in _batches(threads):
        ago = _ago(_in_a_year("i"))
        _insert(Thread, start, end, {
            "thread_id": _uuid("i", of_threads), "assistant_id": assistant, "title": "'Seeded'", "owner_id": "NULL",
            "author": "'System'", "metadata": _json("'{}'"),
            "status": "CASE WHEN i % 5000 = 0 THEN 'interrupted' ELSE 'idle' END",
            "config": "'{}'", "interrupts": "'{}'", "state_updated_at": ago, "created_at": ago, "updated_at": ago,
        })  # fmt: skip
        tell(f"{end:,} of {threads:,} threads")
    counts = "\"input_tokens\": ' || (i % 4000) || ', \"output_tokens\": ' || (i % 900) || '"
    usage = f"'{{{counts}, \"models\": {{\"small-' || (i % 3) || '\": {{{counts}}}}}}}'"
    status = _case({31: "error", 97: "timeout", 53: "interrupted"}, "success")
    error = json.dumps({"error": "RateLimitError", "message": "429 Too many requests"})
    for start, end in _batches(count):
        seconds = _in_a_year("i")
        took = f"(1 + {_chance('i + 11')} % 29)"
        _insert(Run, start, end, {
            "run_id": _uuid("i", of_runs), "thread_id": _uuid(f"(i / {RUNS_A_THREAD})", of_threads),
            "number": f"1 + i % {RUNS_A_THREAD}",
            "assistant_id": of_thread, "graph_id": graph_of.format(assistant=of_thread), "version": "1",
            "context": "'{}'", "config": "'{}'", "metadata": _json("'{}'"), "options": "'{}'",
            "status": status, "attempt": "CASE WHEN i % 211 = 0 THEN 2 ELSE 1 END",
            "error": f"CASE WHEN i % 31 = 0 THEN '{error}' END", "usage": usage,
            "created_at": _ago(f"{seconds} + {took}"), "updated_at": _ago(seconds),
            "started_at": _ago(f"{seconds} + {took}"),
            "first_token_at": _ago(f"{seconds} + {took} - 1"), "finished_at": _ago(seconds),
            "author": "CASE WHEN i % 3 = 0 THEN 'API key Seed ' || (i % 7) ELSE 'Person ' || (i % 199) END",
        })  # fmt: skip
        tell(f"{end:,} of {count:,} runs")


def count_seeded(tell: Tell) -> None:
    count_anew()
    tell(f"{count_all():,} runs counted")


def seed_audit(count: int, tell: Tell) -> None:
    actions = _case({4: "assistant.saved", 3: "session.began", 5: "refused"}, "run.cancelled")
    objects = max(1, min(10_000, count // 100))
    with _without_indexes(AuditEntry, tell):
        for start, end in _batches(count):
            _insert(AuditEntry, start, end, {
                "at": _ago(f"({count} - i) * {DAYS} * 86400 / {max(1, count)}"),
                "who_kind": "CASE WHEN i % 3 = 0 THEN 'key' ELSE 'person' END", "who_id": _text("i % 200"),
                "who": "'Person ' || (i % 200)", "action": actions, "object_kind": "'assistant'",
                "object_id": _text(f"{_chance('i')} % {objects}"), "object_name": f"'Writer ' || (i % {objects})",
                "face": "CASE WHEN i % 3 = 0 THEN 'api' ELSE 'page' END", "address": "'192.0.2.' || (i % 250)",
                "request_id": "''", "after": "'{\"model\": \"small\"}'",
            })  # fmt: skip
            tell(f"{end:,} of {count:,} audit entries")


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@contextmanager
def _without_indexes(model: type[Model], tell: Tell) -> Iterator[None]:
    """They are made of all rows at once: each row put where it belongs takes the longer the more there are.
    Who was killed meanwhile has them again after seeding once more."""
    editor = connection.schema_editor()
    with connection.cursor() as cursor:
        for index in model._meta.indexes:
            cursor.execute(f'DROP INDEX IF EXISTS "{index.name}"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for index in model._meta.indexes:
                cursor.execute(str(index.create_sql(model, editor)))
        tell(f"{len(model._meta.indexes)} indexes")


def _batches(count: int) -> Iterator[tuple[int, int]]:
    return ((start, min(count, start + AT_ONCE)) for start in range(0, count, AT_ONCE))


def _insert(model: type[Model], start: int, end: int, columns: dict[str, str]) -> None:
    """Rows from `start` to before `end`, each made from its number i."""
    names = ", ".join(f'"{name}"' for name in columns)
    numbers = f"WITH RECURSIVE n(i) AS (SELECT {start} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {end})"
    if connection.vendor == "postgresql":
        numbers = f"WITH n(i) AS (SELECT generate_series({start}::bigint, {end - 1}))"
    table, values = model._meta.db_table, ", ".join(columns.values())
    with connection.cursor() as cursor:
        cursor.execute(f'INSERT INTO "{table}" ({names}) {numbers} SELECT {values} FROM n')


def _case(every: dict[int, str], other: str) -> str:
    """Every so many rows another text."""
    cases = " ".join(f"WHEN i % {n} = 0 THEN '{text}'" for n, text in every.items())
    return f"CASE {cases} ELSE '{other}' END"


def _chance(number: str) -> str:
    return f"(({number} * {SPREAD}) % {PRIME} * 31 % {PRIME})"


def _in_a_year(number: str) -> str:
    """Seconds."""
    return f"({_chance(number)} * {DAYS * 86_400 // PRIME} + {number} % 31)"


def _uuid(number: str, mark: str) -> str:
    """`mark` is of eight hexadecimal digits."""
    if connection.vendor == "postgresql":
        return f"('{mark}' || lpad(to_hex({number}), 24, '0'))::uuid"
    return f"printf('{mark}%024x', {number})"


def _ago(seconds: str) -> str:
    if connection.vendor == "postgresql":
        return f"now() - (interval '1 second') * ({seconds})"
    return f"datetime('now', '-' || ({seconds}) || ' seconds')"


def _json(text: str) -> str:
    return f"{text}::jsonb" if connection.vendor == "postgresql" else text


def _text(number: str) -> str:
    return f"CAST({number} AS text)"
