"""The operators' dashboard: its numbers, what its address means, and where each number leads."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assistants_app.models import Assistant, EndedRun, ModelPrice, Run, Thread
from assistants_app.services.authors import SYSTEM
from assistants_app.services.counting import count_all
from assistants_app.services.runs import RunEnd, finish_run
from assistants_app.services.threads import delete_thread
from assistants_app.services.versions import make_live
from tests import make
from tests.web.queries import queries_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("since", "kind"),
    [("", "date"), ("2026-01-31", "date"), ("2026-01-31T14:00", "text"), ("2026-02-31", "text"), ("20260131", "text")],
)
def test_days_are_picked_and_what_is_none_stays_as_it_was_typed(operator_client: Client, since: str, kind: str) -> None:
    page = operator_client.get("/dashboard/", {"from": since}).text
    assert f'name="from" type="{kind}" value="{since}"' in page


USED = {
    "input_tokens": 1_000_000,
    "output_tokens": 500_000,
    "models": {"small": {"input_tokens": 1_000_000, "output_tokens": 500_000}},
}
FAULT = {"error": "KeyError", "message": "<b>no such key</b>"}


def ended(
    status: Run.Status = Run.Status.SUCCESS, *, ago: timedelta = timedelta(), took: float = 2.0, **more: Any
) -> Run:
    """A run that ended some time ago, and took so many seconds."""
    run = make.running(by=make.worker(), **more)
    error = FAULT if status == Run.Status.ERROR else None
    finish_run(run=run, end=RunEnd(status, Thread.Status.IDLE, usage=USED, error=error))
    end = timezone.now() - ago
    started = end - timedelta(seconds=took)
    Run.objects.filter(pk=run.pk).update(finished_at=end, started_at=started, first_token_at=started)
    EndedRun.objects.filter(pk=run.pk).update(finished_at=end, started_at=started, first_token_at=started)
    run.refresh_from_db()
    return run


def figures(client: Client, path: str = "/dashboard/") -> dict[str, str]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:2000]
    return {one.label: one.value for one in answer.context["figures"]}


@pytest.mark.parametrize("counted", [True, False])
def test_it_works(operator_client: Client, counted: bool) -> None:
    ModelPrice.objects.create(model="small", input_price=Decimal(1), output_price=Decimal(2))
    for status in (Run.Status.SUCCESS, Run.Status.SUCCESS, Run.Status.SUCCESS, Run.Status.ERROR):
        ended(status)
    ended(ago=timedelta(days=8))
    if counted:
        count_all()
    told = figures(operator_client)
    assert {name: told[name] for name in ("Runs", "Errors", "First token", "Tokens", "Cost")} == {
        "Runs": "4",
        "Errors": "25 %",
        "First token": "10 ms",
        "Tokens": "6.00 M",
        "Cost": "8.00 USD",
    }
    assert told["Median time"] in ("1.8 s", "1.9 s", "2.0 s", "2.1 s")
    page = operator_client.get("/dashboard/")
    changes = {one.label: one.change for one in page.context["figures"]}
    if counted:
        assert changes["Runs"] == "300 % more"
    for said in ("Blog writer", "Busiest assistants", "Failing assistants", "System", "Who is active"):
        assert said in page.text


def test_nothing_yet(operator_client: Client) -> None:
    assert figures(operator_client)["Runs"] == "0"
    page = operator_client.get("/dashboard/").text
    for said in (
        "No run ended in this period",
        "No run failed in this period",
        "No model said",
        "None waits for an answer",
    ):
        assert said in page


def test_every_number_leads_to_the_runs_behind_it(operator_client: Client) -> None:
    good, bad = ended(), ended(Run.Status.ERROR)
    count_all()
    page = operator_client.get("/dashboard/").text
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/runs/all/\?[^"]+)"', page)}
    assert len(links) > 5
    found = {link: {row.run.pk for row in operator_client.get(link).context["found"].rows} for link in links}
    assert {good.pk, bad.pk} in found.values()
    assert {bad.pk} in found.values()
    assert set() not in {frozenset(one) for link, one in found.items() if "longer" not in link}


def test_filters(operator_client: Client) -> None:
    first, second = make.assistant_with_versions(2, name="First"), make.assistant(name="Second", graph_id="two_steps")
    ended(on=make.thread(first))
    ended(on=make.thread(first), version=1)
    ended(on=make.thread(second))
    count_all()
    ended(on=make.thread(first), settings={})
    for query, runs in {
        "": "4",
        "graph=two_steps": "1",
        "assistant=First": "3",
        "assistant=fir": "3",
        f"assistant={second.assistant_id}": "1",
        "assistant=First&version=1": "1",
        "assistant=First&version=unsaved": "1",
        "assistant=First&graph=two_steps": "0",
        "period=24h": "4",
        "period=365d": "4",
        "period=24h&assistant=First": "3",
    }.items():
        assert figures(operator_client, f"/dashboard/?{query}")["Runs"] == runs, query
    versions = operator_client.get("/dashboard/?assistant=First").context["versions"]
    assert [(row.label, row.tally.runs) for row in versions] == [("v2", 1), ("v1", 1), ("Unsaved settings", 1)]


def test_a_part_for_htmx(operator_client: Client) -> None:
    answer = operator_client.get("/dashboard/?period=30d&graph=", headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert answer.headers["HX-Replace-Url"] == "/dashboard/?period=30d"


def test_a_deleted_thread_and_a_deleted_assistant_keep_their_numbers(operator_client: Client) -> None:
    run = ended()
    count_all()
    delete_thread(thread_id=run.thread_id)
    Assistant.objects.all().delete()
    page = operator_client.get("/dashboard/")
    assert [row.label for row in page.context["busiest"]] == ["Blog writer (deleted)"]


def test_a_day_that_goes_on_is_beside_as_much_of_the_one_before(operator_client: Client) -> None:
    """Of the day a week ago only what had ended by this hour counts."""
    now = timezone.now()
    ended()
    ended(ago=timedelta(days=7, hours=1))
    later = (now.replace(hour=23, minute=59) - timedelta(days=7)) - now
    ended(ago=-later)
    count_all()
    before = operator_client.get("/dashboard/").context["numbers"].before.runs
    assert before == (2 if now.hour == 23 else 1)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=2026-02-01&to=2026-01-01", "The period ends before it begins."),
        ("from=tomorrow", "A day is written as"),
        ("from=0001-01-01&to=9999-12-31", "A day is written as"),
        ("from=2001-01-01&to=2026-01-01", "three years at most"),
        ("to=2026-01-01T99:00", "A day is written as"),
        ("period=forever", "There is no such period"),
        ("assistant=nobody", "No assistant is called"),
        ("assistant=00000000-0000-0000-0000-000000000000", "There is no assistant with this id"),
        ("version=abc", "A version is a number."),
        ("version=99999999999999999999", "A version is a number."),
        ("graph=%00", None),
        ("assistant=%00&from=%00", "A day is written as"),
        ("from=" + "9" * 5000, "A day is written as"),
    ],
)
@pytest.mark.parametrize("page", ["/dashboard/", "/runs/all/"])
def test_what_makes_no_sense_is_said(operator_client: Client, page: str, query: str, said: str | None) -> None:
    answer = operator_client.get(f"{page}?{query}")
    assert answer.status_code == (422 if said else 200)
    if said:
        assert said in answer.text


def test_a_period_by_name_goes_before_what_still_stands_in_the_fields(operator_client: Client) -> None:
    ended()
    stale = "from=2001-01-01&to=2001-01-02"
    assert figures(operator_client, f"/dashboard/?{stale}&period=7d")["Runs"] == "0"
    assert figures(operator_client, f"/dashboard/?{stale}&period=7d&was=2001-01-01|2001-01-02")["Runs"] == "1"


def test_what_was_typed_stays(operator_client: Client) -> None:
    page = operator_client.get("/dashboard/?from=2026-02-01&to=2026-01-01").text
    assert 'value="2026-02-01"' in page
    assert 'value="2026-01-01"' in page


def test_several_assistants_of_a_name_can_be_chosen_from(operator_client: Client) -> None:
    for name in ("Writer of blogs", "Writer of mails"):
        make.assistant(name=name)
    page = operator_client.get("/dashboard/?assistant=writer of")
    assert page.status_code == 422
    assert [one.name for one in page.context["asked"].suggested] == ["Writer of blogs", "Writer of mails"]


def test_what_waits(operator_client: Client) -> None:
    made = make.assistant(name="Draft")
    make.version(made, make_live=False)
    older = make.assistant_with_versions(2, name="Set back")
    make_live(assistant_id=older.assistant_id, number=1, author=SYSTEM)
    thread = make.thread(made)
    Thread.objects.filter(pk=thread.pk).update(status="interrupted")
    context = operator_client.get("/dashboard/").context
    assert context["asking"] == 1
    assert [(one.name, number) for one, number in context["newer"]] == [("Draft", 2)]


def test_as_many_queries_for_twenty(operator_client: Client) -> None:
    def one_more() -> None:
        ended(on=make.thread(make.assistant_with_versions(2)))
        ended(Run.Status.ERROR)
        make.run("hi")

    one_more()
    count_all()
    before = queries_of(operator_client, "/dashboard/")
    for _number in range(19):
        one_more()
    count_all()
    ended()
    assert queries_of(operator_client, "/dashboard/") == before
    assert before <= 30


@pytest.mark.parametrize("path", ["/dashboard/", "/runs/all/", "/dashboard/prices/"])
def test_others_are_kept_out(editor_client: Client, path: str) -> None:
    assert editor_client.get(path).status_code == 403
    assert f'href="{path}"' not in editor_client.get("/").text
