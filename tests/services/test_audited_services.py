"""What each service tells the audit log, with the values before and after."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from assistants_app.domain.people_errors import LastOperatorKept
from assistants_app.models import AuditEntry, ModelPrice, Person
from assistants_app.services.audit import Action
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.crons import create_cron, delete_cron, update_cron
from assistants_app.services.people import add_person, set_active, set_operator
from assistants_app.services.prices import save_prices
from assistants_app.services.recovery import take_back
from assistants_app.services.runs import cancel_pending_run, delete_run, record_cancelled
from assistants_app.services.threads import create_thread, delete_thread
from tests import make

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def told(*actions: Action) -> list[tuple[object, ...]]:
    found = AuditEntry.objects.filter(action__in=actions).order_by("id")
    return [(entry.action, entry.object_name, entry.before, entry.after) for entry in found]


def test_people(olga: Person) -> None:
    author = Author.of(olga)
    ben = add_person(username="ben2", full_name="Ben Brown", author=author, password="canary-1 of Ben")
    set_active(pk=ben.pk, active=False, author=author)
    set_active(pk=ben.pk, active=False, author=author)
    set_active(pk=ben.pk, active=True, author=author)
    set_operator(pk=ben.pk, operator=True, author=author)

    actions = (Action.PERSON_ADDED, Action.PERSON_DEACTIVATED, Action.PERSON_ACTIVATED, Action.PERSON_ROLE_CHANGED)
    assert told(*actions) == [
        ("person.added", "Ben Brown", None, {"username": "ben2", "email": "", "operator": False}),
        ("person.deactivated", "Ben Brown", None, None),
        ("person.activated", "Ben Brown", None, None),
        ("person.role_changed", "Ben Brown", {"operator": False}, {"operator": True}),
    ]
    assert not AuditEntry.objects.filter(after__contains="canary").exists()


def test_what_is_refused_is_not_told_as_done(olga: Person) -> None:
    with pytest.raises(LastOperatorKept):
        set_operator(pk=olga.pk, operator=False, author=SYSTEM)

    assert told(Action.PERSON_ROLE_CHANGED) == []


def test_threads_and_runs(erin: Person) -> None:
    assistant = make.assistant(person=erin)
    thread = create_thread(assistant=assistant, owner=erin, title="First words")
    run = make.run(on=thread)
    record_cancelled(run_ids=[run.run_id], author=Author.of(erin))
    cancel_pending_run(run_id=run.run_id)
    delete_run(run_id=run.run_id)
    delete_thread(thread_id=thread.thread_id, author=Author.of(erin))

    assert [row[0] for row in told(Action.RUN_CANCELLED, Action.RUN_DELETED, Action.THREAD_DELETED)] == [
        *("run.cancelled", "run.deleted", "thread.deleted")
    ]
    assert told(Action.THREAD_DELETED)[0][1:3] == ("First words", {"author": "Erin Editor", "runs": 0})


def test_a_run_that_is_taken_back(erin: Person) -> None:
    run = make.running(by=make.worker())
    take_back(run_id=run.run_id, attempt=1, author=Author.of(erin))

    entry = AuditEntry.objects.get(action=Action.RUN_TAKEN_BACK)
    assert (entry.object_id, entry.who) == (str(run.run_id), "Erin Editor")
    assert entry.before == {"attempt": 1, "worker": str(run.worker_id)}


def test_crons(erin: Person) -> None:
    assistant = make.assistant(person=erin)
    asked = {"input": {"messages": []}, "config": {"configurable": {"api_key": "canary"}}}
    author = Author.of(erin)
    cron = create_cron(assistant_id=assistant.assistant_id, schedule="0 9 * * *", asked=asked, author=author, now=NOW)
    update_cron(cron_id=cron.cron_id, now=NOW, schedule="0 10 * * *", author=author)
    delete_cron(cron_id=cron.cron_id, author=author)

    rows = told(Action.CRON_CREATED, Action.CRON_CHANGED, Action.CRON_DELETED)
    assert [row[:2] for row in rows] == [
        ("cron.created", "0 9 * * *"),
        ("cron.changed", "0 10 * * *"),
        ("cron.deleted", "0 10 * * *"),
    ]
    assert rows[1][2:] == ({"schedule": "0 9 * * *"}, {"schedule": "0 10 * * *"})
    assert "canary" not in str(rows)


def test_prices(olga: Person) -> None:
    price = ModelPrice(model="m", input_price=Decimal("2.5"), output_price=Decimal(10), currency="USD")
    save_prices(saved=[price], removed=[], author=Author.of(olga))
    same = ModelPrice.objects.get()
    save_prices(saved=[same], removed=[], author=Author.of(olga))
    same.output_price = Decimal("12.000000")
    save_prices(saved=[same], removed=[], author=Author.of(olga))
    save_prices(saved=[], removed=[same], author=Author.of(olga))

    rows = told(Action.PRICE_ADDED, Action.PRICE_CHANGED, Action.PRICE_DELETED)
    assert [row[:2] for row in rows] == [("price.added", "m"), ("price.changed", "m"), ("price.deleted", "m")]
    assert rows[1][2:] == ({"output_price": "10"}, {"output_price": "12"})
