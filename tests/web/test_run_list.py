"""All runs in a list, and one run on its page."""

import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import urlencode

from assistants_app.models import Person, Rating, Run, Thread
from assistants_app.web import run_list
from tests import make
from tests.people import SignIn
from tests.web.queries import queries_of
from tests.web.test_dashboard import ended

pytestmark = pytest.mark.django_db


def found(client: Client, query: str = "") -> list[uuid.UUID]:
    answer = client.get(f"/runs/all/?{query}")
    assert answer.status_code == 200, answer.context["state"].problems
    return [row.run.pk for row in answer.context["found"].rows]


def test_it_works(operator_client: Client) -> None:
    old, failed, new = ended(ago=timedelta(hours=2)), ended(Run.Status.ERROR, ago=timedelta(hours=1)), ended()
    waiting = make.run("hi")
    assert found(operator_client) == [new.pk, failed.pk, old.pk]
    assert found(operator_client, "status=failed") == [failed.pk]
    assert found(operator_client, "status=unfinished") == [waiting.pk]
    page = operator_client.get("/runs/all/").text
    assert f"/runs/{new.pk}/" in page
    assert "KeyError: &lt;b&gt;no such key&lt;/b&gt;" in page


def test_nothing_yet(operator_client: Client) -> None:
    assert "No run ended in this period" in operator_client.get("/runs/all/").text
    assert "No run matches" in operator_client.get("/runs/all/?status=failed").text


def test_filters(operator_client: Client) -> None:
    slow = ended(took=30.0)
    quick = ended(took=1.0)
    failed = ended(Run.Status.ERROR)
    Run.objects.filter(pk=quick.pk).update(author="Erin Editor", attempt=2)
    assert found(operator_client, "longer=20") == [slow.pk]
    assert found(operator_client, "author=Erin Editor") == [quick.pk]
    assert found(operator_client, "error=NO SUCH") == [failed.pk]
    assert found(operator_client, "status=retried") == [quick.pk]
    assert found(operator_client, "graph=no-such-graph") == []
    assert found(operator_client, "version=1&status=success") == [quick.pk, slow.pk]
    assert found(operator_client, "from=2001-01-01&to=2001-01-02") == []


def test_a_later_page_is_read_from_where_it_goes_on(operator_client: Client) -> None:
    """Of two ends SQLite takes the first, and would read all from the end of the period on."""
    older, newer = ended(ago=timedelta(hours=2)), ended(ago=timedelta(hours=1))
    after = urlencode({"after": f"{newer.finished_at.isoformat()}_{newer.pk}"})
    with CaptureQueriesContext(connection) as queries:
        assert found(operator_client, f"period=365d&{after}") == [older.pk]
    (asked,) = (one["sql"] for one in queries if '"assistants_app_run"."error"' in one["sql"])
    assert len(re.findall(r'"finished_at" <=? ', asked)) == 2  # before that moment, or at it and behind that run
    late = urlencode({"after": f"{(timezone.now() + timedelta(days=9)).isoformat()}_{newer.pk}"})
    assert found(operator_client, late) == [newer.pk, older.pk]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("longer=long", "is a number of seconds"),
        ("longer=nan", "is a number of seconds"),
        ("longer=inf", "is a number of seconds"),
        ("longer=-1", "is a number of seconds"),
        ("longer=1e300", "is a number of seconds"),
        ("status=lost", "There is no such status"),
        ("after=there", "This page of the list is not known"),
        ("after=9999-12-31T23:59:59%2B00:00_" + "0" * 32, "This page of the list is not known"),
    ],
)
def test_what_makes_no_sense_is_said(operator_client: Client, query: str, said: str) -> None:
    answer = operator_client.get(f"/runs/all/?{query}")
    assert answer.status_code == 422
    assert said in answer.text


def _many(count: int) -> None:
    """Ended at two moments only, so that pages part among equals."""
    thread = make.thread()
    now = timezone.now()
    Run.objects.bulk_create(
        Run(
            thread=thread,
            number=number + 1,
            assistant=thread.assistant,
            graph_id="writer",
            status="success",
            author="Rare" if number == 0 else "Often",
            finished_at=now - timedelta(minutes=number % 2),
        )
        for number in range(count)
    )


def test_page_by_page_each_run_once(operator_client: Client) -> None:
    _many(65)
    seen: list[uuid.UUID] = []
    query: str = ""
    for _page in range(3):
        answer = operator_client.get(f"/runs/all/?{query}")
        seen += [row.run.pk for row in answer.context["found"].rows]
        query = answer.context["older"]
    assert query == ""
    assert len(seen) == len(set(seen)) == 65


def test_what_no_index_knows_is_looked_for_in_steps(operator_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    _many(130)
    Run.objects.filter(author="Rare").update(finished_at=timezone.now() - timedelta(days=1))
    monkeypatch.setattr(run_list, "LOOKED_AT", 100)
    first = operator_client.get("/runs/all/?author=Rare")
    assert first.context["found"].rows == []
    assert "None among the newest" in first.text
    query, rows = first.context["older"], []
    while query and not rows:
        answer = operator_client.get(f"/runs/all/?{query}")
        rows, query = answer.context["found"].rows, answer.context["older"]
    assert [row.run.author for row in rows] == ["Rare"]


def test_as_many_queries_for_fifty(operator_client: Client) -> None:
    _many(1)
    before = queries_of(operator_client, "/runs/all/")
    _many(60)
    assert queries_of(operator_client, "/runs/all/") == before


# -- one run ----------------------------------------------------------------------------------------------------------

SCHEMA = {"type": "object", "properties": {"tone": {"type": "string"}, "api_key": {"type": "string"}}}


def test_one_run(operator_client: Client, olga: Person) -> None:
    assistant = make.assistant(settings={"tone": "dry", "api_key": "sk-canary-0815"}, settings_schema=SCHEMA)
    run = ended(Run.Status.ERROR, on=make.thread(assistant, owner=olga))
    Rating.objects.create(run=run, person=olga, value=-1, note="Wrong answer")
    page = operator_client.get(f"/runs/{run.pk}/")
    assert page.status_code == 200
    for said in ("KeyError", "&lt;b&gt;no such key&lt;/b&gt;", "dry", "Wrong answer", "small", "a price is missing"):
        assert said in page.text
    assert "sk-canary-0815" not in page.text
    assert f"/assistants/{assistant.assistant_id}/versions/1/" in page.text
    assert f"/test/{run.thread_id}/" in page.text


def test_a_run_that_has_not_ended(operator_client: Client) -> None:
    for run in (make.run("hi"), make.running(by=make.worker(host="build-7"))):
        assert operator_client.get(f"/runs/{run.pk}/").status_code == 200
    assert "build-7" in operator_client.get(f"/runs/{run.pk}/").text


def test_a_run_whose_clock_jumped_or_that_has_nothing(operator_client: Client) -> None:
    run = ended()
    now = timezone.now()
    Run.objects.filter(pk=run.pk).update(
        assistant=None,
        version=None,
        usage={"models": [1]},
        error="text",
        started_at=now,
        finished_at=now - timedelta(1),
    )
    assert operator_client.get(f"/runs/{run.pk}/").status_code == 200
    assert operator_client.get("/runs/all/").status_code == 200


def test_somebody_elses_thread_is_no_link(operator_client: Client, erin: Person) -> None:
    run = ended(on=make.thread(owner=erin))
    page = operator_client.get(f"/runs/{run.pk}/").text
    assert f"/test/{run.thread_id}/" not in page
    assert str(run.thread_id) in page


def test_runs_of_a_thread_lead_to_each_other(operator_client: Client) -> None:
    thread = make.thread()
    first, second = ended(on=thread), ended(on=thread)
    assert f"/runs/{second.pk}/" in operator_client.get(f"/runs/{first.pk}/").text
    assert f"/runs/{first.pk}/" in operator_client.get(f"/runs/{second.pk}/").text


def test_unknown_and_foreign(operator_client: Client, sign_in: SignIn, erin: Person) -> None:
    assert operator_client.get(f"/runs/{uuid.uuid4()}/").status_code == 404
    run = ended()
    assert sign_in(erin).get(f"/runs/{run.pk}/").status_code == 403
    assert Thread.objects.count() == 1


def test_whose_draft_it_was(operator_client: Client) -> None:
    of_draft, unsaved = ended(), ended()
    Run.objects.filter(pk=of_draft.pk).update(version=None, options={"draft_of": 3}, author="Erin <Editor>")
    Run.objects.filter(pk=unsaved.pk).update(version=None)
    for page in ("/runs/all/", f"/runs/{of_draft.pk}/"):
        assert "Draft of Erin &lt;Editor&gt;, from v3" in operator_client.get(page).text
    assert len(re.findall(r'<span class="chip">\s*Unsaved settings', operator_client.get("/runs/all/").text)) == 1
    assert "Unsaved settings" in operator_client.get(f"/runs/{unsaved.pk}/").text


def test_the_phases_of_a_run_that_was_begun_before_its_row_was_there(operator_client: Client) -> None:
    run = ended(took=2.0)
    Run.objects.filter(pk=run.pk).update(created_at=run.started_at + timedelta(seconds=1))

    phases = operator_client.get(f"/runs/{run.run_id}/").context["phases"]

    assert sum(float(one.took.split()[0]) for one in phases if one.took.endswith(" s")) == 2.0
