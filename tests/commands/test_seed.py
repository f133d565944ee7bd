"""`seed` fills an empty site for measuring it, `count_runs` makes the dashboard's numbers of it."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assistants_app.domain.tally import Tally
from assistants_app.management.seeding import seed_audit
from assistants_app.models import Assistant, AuditEntry, GraphTally, Person, Run, Thread
from assistants_app.models.tallies import Span
from tests import make
from tests.bench.large_pages import pages
from tests.web.queries import queries_of

pytestmark = pytest.mark.django_db

FEW = ("--assistants=3", "--versions=2", "--runs=7", "--audit=5", "--people=2")


def _counted() -> int:
    return sum(tally.runs for tally in GraphTally.objects.filter(span=Span.DAY))


def test_it_works(capsys: pytest.CaptureFixture[str]) -> None:
    people, audit = Person.objects.count(), AuditEntry.objects.count()
    call_command("seed", *FEW)
    seeded = Assistant.objects.filter(description="Made for measuring.")
    assert seeded.count() == 3
    assert Assistant.history.of(seeded.order_by("pk")[0]).count() == 2
    assert (Run.objects.count(), Thread.objects.count()) == (7, 2)
    assert Person.objects.count() == people + 2
    assert AuditEntry.objects.count() == audit + 5
    assert _counted() == 7
    assert "ready" in capsys.readouterr().out


def test_made_up_rows_can_be_used(operator_client: Client) -> None:
    """Every page of the benchmark, so that it measures no error page."""
    call_command("seed", *FEW)
    for name, path in pages().items():
        assert operator_client.get(path).status_code == 200, name


def test_every_list_asks_as_often_for_many_as_for_few(operator_client: Client) -> None:
    call_command("seed", *FEW)
    few = {name: queries_of(operator_client, path) for name, path in pages().items()}
    call_command("seed", "--anyway", "--assistants=70", "--versions=60", "--runs=400", "--audit=300", "--people=20")
    assert {name: queries_of(operator_client, path) for name, path in pages().items()} == few


def test_indexes_of_the_audit_log_are_made_of_all_its_rows_at_once() -> None:
    """Each entry put where it belongs, in five indexes, took the longer the more there were."""
    before = _audit_indexes()
    with CaptureQueriesContext(connection) as captured:
        seed_audit(30, lambda _text: None)
    told = [query["sql"].split()[0] for query in captured if AuditEntry._meta.db_table in query["sql"]]
    assert told == ["INSERT", *["CREATE"] * len(AuditEntry._meta.indexes)]
    assert _audit_indexes() == before


def test_indexes_of_the_audit_log_are_there_after_a_seeding_that_was_broken_off() -> None:
    before = _audit_indexes()

    def tell(_text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed_audit(30, tell)
    assert _audit_indexes() == before


def _audit_indexes() -> dict[str, list[str]]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, AuditEntry._meta.db_table)
    return {name: told["columns"] for name, told in found.items() if told["index"]}


def test_not_on_a_site_that_is_used(erin: Person) -> None:
    made = make.assistant(person=erin)
    with pytest.raises(CommandError, match="of its own"):
        call_command("seed", *FEW)
    assert list(Assistant.objects.filter(description="Made for measuring.")) == []
    assert Assistant.objects.filter(pk=made.pk).exists()


def test_runs_need_assistants() -> None:
    with pytest.raises(CommandError, match="Runs need assistants"):
        call_command("seed", "--assistants=0", "--runs=1")
    assert not Run.objects.exists()


@pytest.mark.parametrize("count", ["-1", "many", "1e3", "100000001", "٣"])
def test_a_count_is_a_whole_number(count: str) -> None:
    with pytest.raises(CommandError, match="whole number"):
        call_command("seed", f"--runs={count}")
    assert not Run.objects.exists()


# -- count_runs -------------------------------------------------------------------------------------------------------


def test_counts_what_is_in_no_number_yet(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("seed", *FEW)
    capsys.readouterr()
    call_command("count_runs")
    assert capsys.readouterr().out == "0 runs counted.\n"
    assert _counted() == 7


def test_anew_makes_the_same_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("seed", *FEW)
    before = _tallies()
    GraphTally.objects.all().delete()
    capsys.readouterr()
    call_command("count_runs", "--anew")
    assert capsys.readouterr().out == "7 runs counted.\n"
    assert _tallies() == before


def test_anew_leaves_out_what_was_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("seed", *FEW)
    Run.objects.order_by("pk")[0].delete()
    capsys.readouterr()
    call_command("count_runs", "--anew")
    assert capsys.readouterr().out == "6 runs counted.\n"
    assert _counted() == 6


def _tallies() -> dict[tuple[object, ...], Tally]:
    return {(row.span, row.start, row.graph_id): row.tally for row in GraphTally.objects.all()}
