"""The operators' page of what is executed, by whom, and what went wrong."""

import re
import time
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from assistants_app.domain.stream import StreamEvent
from assistants_app.engine import Engine, engine
from assistants_app.models import Person, Run, Thread, Worker
from assistants_app.services.runs import RunEnd, finish_run
from tests import make
from tests.running import listen, wait_for
from tests.web.queries import queries_of

pytestmark = pytest.mark.django_db

FAILED = RunEnd(Run.Status.ERROR, Thread.Status.ERROR, error={"error": "KeyError", "message": "<b>no such key</b>"})
PART = {"HX-Request": "true"}


def _failed(**more: object) -> Run:
    run = make.running(by=make.worker(), **more)
    finish_run(run=run, end=FAILED)
    return run


def _shown(client: Client) -> dict[str, object]:
    return client.get("/runs/").context


def test_it_works(operator_client: Client) -> None:
    worker = make.worker(host="build-7", pid=4711, kind=Worker.Kind.WORKER, concurrency=8)
    running, waiting = make.running(by=worker), make.run("hi")
    later = make.run("hi", not_before=timezone.now() + timedelta(hours=2))
    failed = _failed()
    Run.objects.filter(pk=running.pk).update(attempt=2)
    page = operator_client.get("/runs/")
    told = page.context
    assert (told["waiting"], told["later"], told["running"], told["retried"], told["alive"]) == (1, 1, 1, 1, 2)
    assert [(one.runs, one.failed, one.retried) for _title, one in told["ended"]] == [(1, 1, 0)] * 2
    assert [(one.graph_id, one.waiting, one.later, one.running) for one in told["graphs"]] == [("writer", 1, 1, 1)]
    assert told["oldest"] == waiting.created_at
    assert [row.run for row in told["running_runs"]] == [running]
    assert [row.run for row in told["waiting_runs"]] == [waiting, later]
    assert [row.run for row in told["troubled_runs"]] == [failed]
    for said in ("build-7", "process 4711", "1 running of 8 at once", "Attempt 2", "Starts in 1", str(running.run_id)):
        assert said in page.text
    assert "KeyError: &lt;b&gt;no such key&lt;/b&gt;" in page.text
    assert '<span class="chip chip--danger">Failed</span>' in page.text, "as in the list of all runs"


def test_nothing_yet(operator_client: Client) -> None:
    page = operator_client.get("/runs/").text
    for said in ("No process executes runs", "Nothing runs now", "Nothing waits", "Nothing went wrong"):
        assert said in page


def test_a_run_that_waited_for_its_time_is_old_since_then(operator_client: Client) -> None:
    due = make.run("hi", not_before=timezone.now() + timedelta(hours=2))
    since = timezone.now() - timedelta(minutes=3)
    Run.objects.filter(pk=due.pk).update(created_at=timezone.now() - timedelta(days=1), not_before=since)
    assert _shown(operator_client)["oldest"] == since


def test_what_ended_long_ago_is_not_told(operator_client: Client) -> None:
    for run, ago in ((_failed(), timedelta(hours=2)), (_failed(), timedelta(days=2))):
        Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - ago)
    told = _shown(operator_client)
    assert [one.failed for _title, one in told["ended"]] == [0, 1]
    assert len(told["troubled_runs"]) == 1


def test_states_of_workers_are_said_in_words(operator_client: Client) -> None:
    make.worker(host="fine")
    make.worker(host="quiet", silent_for=7.5)
    dead, blocked = make.worker(host="gone", silent_for=60), make.worker(host="stuck")
    Worker.objects.filter(pk=dead).update(lost_at=timezone.now())
    blocking, beside = make.running(by=blocked), make.running(by=blocked)
    blocked_by = {"graph_id": "slow", "run_id": str(blocking.run_id), "seconds": 4.5}
    Worker.objects.filter(pk=blocked).update(blocked_by=blocked_by)
    lost = make.running(by=dead)
    nobody = make.running(by=uuid.uuid4())
    told = _shown(operator_client)
    states = {one.worker.host: one.state for one in told["workers"]}
    assert states == {"fine": "alive", "quiet": "silent", "gone": "lost", "stuck": "blocked"}
    assert told["alive"] == 2
    troubles = {row.run.run_id: row.trouble for row in told["running_runs"]}
    assert troubles == {
        blocking.run_id: "blocking",
        beside.run_id: "blocked",
        lost.run_id: "lost",
        nobody.run_id: "lost",
    }
    page = operator_client.get("/runs/").text
    for said in ("Alive", "Silent", "Dead", "Blocked", "Graph slow has blocked it for 4.5 s"):
        assert said in page
    assert re.search(r"heard of 6\d s ago", page)


def test_only_the_readers_own_threads_are_linked(operator_client: Client, olga: Person, erin: Person) -> None:
    assistant = make.assistant()
    mine, hers = (make.run("hi", on=make.thread(assistant, owner=one, title=str(one))) for one in (olga, erin))
    links = {row.run: row.thread_url for row in _shown(operator_client)["waiting_runs"]}
    assert links[hers] == ""
    assert operator_client.get(links[mine]).status_code == 200
    page = operator_client.get("/runs/").text
    assert f"/assistants/{assistant.assistant_id}/" in page
    assert str(hers.thread_id) in page


def test_a_deleted_assistant(operator_client: Client) -> None:
    run = make.run("hi")
    Run.objects.filter(pk=run.pk).update(assistant=None)
    assert "A deleted assistant" in operator_client.get("/runs/").text


def test_it_keeps_itself_fresh_unless_it_is_to_hold_still(operator_client: Client) -> None:
    assert 'hx-trigger="every 5s"' in operator_client.get("/runs/").text
    assert "hx-trigger" not in operator_client.get("/runs/?still=1").text
    part = operator_client.get("/runs/", headers=PART)
    assert "<html" not in part.text
    assert "no-store" in part.headers["Cache-Control"]


def test_as_many_queries_for_twenty(operator_client: Client) -> None:
    def one_more() -> None:
        worker = make.worker()
        make.running(by=worker)
        make.run("hi")
        _failed()

    one_more()
    before = queries_of(operator_client, "/runs/")
    for _number in range(19):
        one_more()
    assert queries_of(operator_client, "/runs/") == before
    assert before <= 10


def test_long_lists_show_a_part(operator_client: Client) -> None:
    for _number in range(25):
        make.run("hi")
    told = operator_client.get("/runs/")
    assert (told.context["waiting"], len(told.context["waiting_runs"])) == (25, 20)
    assert "the 20 that were accepted first" in told.text


@pytest.mark.parametrize("path", ["/runs/", f"/runs/{uuid.uuid4()}/cancel/", f"/runs/{uuid.uuid4()}/take-back/"])
def test_editors_are_kept_out(editor_client: Client, path: str) -> None:
    for answer in (editor_client.get(path), editor_client.post(path, {"attempt": "1"})):
        assert answer.status_code == 403
    assert 'href="/runs/"' not in editor_client.get("/").text


# -- what can be done -------------------------------------------------------------------------------------------------


def _started(**more: object) -> Run:
    """A run that this process executes, and that takes its time."""
    run = make.run(input={"text": "a"}, graph_id="two_steps", settings={"seconds": 3.0}, **more)
    engine().start(run)
    wait_for(_begun(run))
    run.refresh_from_db()
    return run


async def _begun(run: Run) -> None:
    async for heard in engine().listen(run.run_id):
        if heard.event == "metadata":
            return


def _post(client: Client, run: Run, what: str, attempt: object = None) -> str:
    given = {"attempt": run.attempt if attempt is None else attempt}
    answer = client.post(f"/runs/{run.run_id}/{what}/", given, follow=True)
    assert answer.status_code == 200
    return answer.text


def test_a_running_run_is_cancelled(serving: Engine, operator_client: Client) -> None:
    run = _started()
    assert "is being cancelled" in _post(operator_client, run, "cancel")
    listen(run)
    run.refresh_from_db()
    assert run.status == "interrupted"


def test_a_waiting_run_is_cancelled(serving: Engine, operator_client: Client) -> None:
    run = make.run("hi", not_before=timezone.now() + timedelta(hours=1))
    _post(operator_client, run, "cancel")
    wait_for(_ended(run))
    run.refresh_from_db()
    assert run.status == "interrupted"


async def _ended(run: Run) -> None:
    async for _heard in engine().listen(run.run_id):
        pass


def _heard_to_the_end(run: Run) -> list[StreamEvent]:
    """As a client hears it: where its stream ends between two attempts, it asks again."""
    for _time in range(50):
        events = listen(run)
        run.refresh_from_db()
        if run.finished_at:
            return listen(run)
        time.sleep(0.1)
    raise AssertionError(f"the run did not end: {events}")


def test_a_run_goes_back_into_the_queue(serving: Engine, operator_client: Client) -> None:
    """It goes on from its last checkpoint, as its listeners hear; the old attempt does nothing more."""
    run = _started(options={"stream_mode": ["updates"]})
    assert "waits for its turn again" in _post(operator_client, run, "take-back")
    events = _heard_to_the_end(run)
    assert [event.json["attempt"] for event in events if event.event == "metadata"][-1] == 2
    assert (run.status, run.attempt, run.failures) == ("success", 2, 0)
    assert wait_for(engine().thread_state(run.thread_id)).values["log"] == ["first:a", "second:a"]


@pytest.mark.parametrize("attempt", ["2", "", "-1", "1e3", "²", "9" * 40])
def test_what_moved_on_meanwhile_is_left_alone(serving: Engine, operator_client: Client, attempt: str) -> None:
    run = make.running(by=make.worker())
    assert "Meanwhile this run has ended" in _post(operator_client, run, "take-back", attempt)
    run.refresh_from_db()
    assert (run.status, run.attempt) == ("running", 1)


@pytest.mark.parametrize("what", ["cancel", "take-back"])
def test_a_run_that_has_ended(serving: Engine, operator_client: Client, what: str) -> None:
    run = _failed()
    assert "Meanwhile this run has ended" in _post(operator_client, run, what)
    run.refresh_from_db()
    assert run.status == "error"


def test_a_run_of_a_process_that_hears_nothing_is_cancelled(serving: Engine, operator_client: Client) -> None:
    blocked = make.worker(host="stuck")
    run = make.running(by=blocked)
    Worker.objects.filter(pk=blocked).update(blocked_by={"graph_id": "slow", "run_id": None, "seconds": 4.5})
    _post(operator_client, run, "cancel")
    wait_for(_ended(run))
    run.refresh_from_db()
    assert (run.status, run.attempt) == ("interrupted", 2)


@pytest.mark.parametrize("what", ["cancel", "take-back"])
def test_no_such_run(serving: Engine, operator_client: Client, what: str) -> None:
    assert operator_client.post(f"/runs/{uuid.uuid4()}/{what}/", {"attempt": "1"}).status_code == 404


@pytest.mark.parametrize("what", ["cancel", "take-back"])
def test_without_an_engine_nothing_is_changed(operator_client: Client, what: str) -> None:
    run = make.running(by=make.worker())
    assert operator_client.post(f"/runs/{run.run_id}/{what}/", {"attempt": "1"}).status_code == 503
    run.refresh_from_db()
    assert run.status == "running"
