"""The inbox: what waits for an answer, oldest first, answered one after the other; of two people one wins."""

import re
from typing import Any

import pytest
from django.test import Client

from assistants_app.engine import Engine, engine
from assistants_app.models import Assistant, Person, Role, Run, Thread
from assistants_app.services.accepting import NewThread, begin_run
from assistants_app.services.authors import SYSTEM
from tests import make
from tests.people import SignIn, granted
from tests.running import finish, listen
from tests.web.queries import queries_of

INBOX = "/inbox/"
HTMX = {"HX-Request": "true"}
APPROVE_BOTH = {"q0.0:decision": "approve", "q0.1:decision": "approve"}


@pytest.fixture
def asks(serving: Engine) -> Assistant:
    return make.assistant(name="Asks", graph_id="asks", settings={})


def asked(assistant: Assistant, text: str = "batch", *, owner: Person | None = None, title: str = "") -> Run:
    thread = NewThread(assistant=assistant if owner else None, owner=owner, title=title)
    given = {"messages": [{"role": "user", "content": text}]}
    return finish(begin_run(thread=thread, assistant_id=assistant.assistant_id, author=SYSTEM, input=given))


def address(run: Run, action: str = "") -> str:
    return f"{INBOX}{run.thread_id}/{action}"


def answer(client: Client, run: Run, data: dict[str, Any] | None = None, **more: Any) -> Any:
    given = {"asked_by": str(run.run_id), **(APPROVE_BOTH if data is None else data)}
    return client.post(address(run, "answer/"), given, **more)


def opened(html: str) -> str:
    """Which thread is open: where its answer goes."""
    found = re.search(r'<form class="asked" method="post" action="/inbox/([^/]+)/answer/', html)
    return found[1] if found else ""


def answered(run: Run) -> Run:
    newest = Run.objects.filter(thread_id=run.thread_id).order_by("-number")[0]
    listen(newest)
    newest.refresh_from_db()
    return newest


def test_it_works(asks: Assistant, editor_client: Client, erin: Person) -> None:
    """The one that waits longest is open; after its answer, the next."""
    first, second = asked(asks, title="The older one"), asked(asks, owner=erin, title="The newer one")
    page = editor_client.get(INBOX).text
    assert page.index("The older one") < page.index("The newer one")
    assert opened(page) == str(first.thread_id)
    assert "Send this?" in page

    after = answer(editor_client, first, headers=HTMX)

    assert after.status_code == 200
    assert opened(after.text) == str(second.thread_id)
    assert "Answered: The older one" in after.text
    assert "The older one</span>" not in after.text
    assert answered(first).status == Run.Status.SUCCESS
    assert Thread.objects.get(pk=first.thread_id).values["messages"][1]["content"].count("approve") == 2


def test_without_the_script(asks: Assistant, editor_client: Client) -> None:
    first, second = asked(asks), asked(asks)
    answer_ = answer(editor_client, first)
    assert answer_.status_code == 302
    assert answer_.headers["Location"] == address(second)
    last = answer(editor_client, second)
    assert last.headers["Location"] == INBOX
    assert "Nothing waits for you" in editor_client.get(INBOX).text


def test_after_one_in_the_middle_comes_the_one_behind(asks: Assistant, editor_client: Client) -> None:
    first, second, third = asked(asks), asked(asks), asked(asks)
    assert opened(answer(editor_client, second, headers=HTMX).text) == str(third.thread_id)
    assert opened(answer(editor_client, third, headers=HTMX).text) == str(first.thread_id)
    assert "Nothing waits for you" in answer(editor_client, first, headers=HTMX).text


def test_what_is_wrong_is_said_and_what_was_typed_stays(asks: Assistant, editor_client: Client) -> None:
    run = asked(asks, "form")
    page = answer(editor_client, run, {"q0:/seats": "0", "q0:/window": "true"}, headers=HTMX)
    assert page.status_code == 422
    assert "Correct the fields that are marked." in page.text
    assert 'value="0"' in page.text
    assert Run.objects.count() == 1


def test_nothing_chosen(asks: Assistant, editor_client: Client) -> None:
    page = answer(editor_client, asked(asks), {"q0.0:decision": "nonsense"}, headers=HTMX)
    assert page.status_code == 422
    assert page.text.count("Choose what to do.") == 2


def test_every_kind_of_question(asks: Assistant, editor_client: Client) -> None:
    for text, given in (
        ("any", {"q0:text": "red", "q0:as": "text"}),
        ("older", {"q0.0:decision": "approve"}),
        ("calls", {"q0.0:decision": "approve", "q1.0:decision": "reject"}),
        ("form", {"q0:/seats": "2"}),
    ):
        run = asked(asks, text)
        answer(editor_client, run, given)
        assert answered(run).status == Run.Status.SUCCESS, text


def test_a_pause_is_gone_on_with(serving: Engine, editor_client: Client) -> None:
    run = asked(make.assistant(graph_id="pauses", settings={}), "Hi")
    assert "Paused: it goes on when somebody says so" in editor_client.get(INBOX).text
    answer(editor_client, run, {})
    assert answered(run).status == Run.Status.SUCCESS


def test_two_people_answer_at_once(asks: Assistant, erin: Person, ben: Person, sign_in: SignIn) -> None:
    """Whoever is second is told so, and goes on to the next."""
    run, other = asked(asks), asked(asks)
    assert answer(sign_in(erin), run).status_code == 302
    late = answer(sign_in(ben), run, headers=HTMX)
    assert late.status_code == 200
    assert "Somebody else answered this meanwhile" in late.text
    assert opened(late.text) == str(other.thread_id)
    answered(run)
    later = answer(sign_in(ben), run, follow=True)
    assert "Somebody else answered this meanwhile" in later.text
    assert Run.objects.filter(thread_id=run.thread_id).count() == 2


def test_an_answer_to_an_older_question(serving: Engine, editor_client: Client) -> None:
    """The graph asks again: what was typed for its first question does not answer the second."""
    run = asked(make.assistant(graph_id="asks_twice", settings={}), "Hi")
    answer(editor_client, run, {"q0:text": "one", "q0:as": "text"})
    second = answered(run)
    assert Thread.objects.get(pk=run.thread_id).status == Thread.Status.INTERRUPTED
    late = answer(editor_client, run, {"q0:text": "one", "q0:as": "text"}, headers=HTMX)
    assert "Somebody else answered this meanwhile" in late.text
    assert Run.objects.filter(thread_id=run.thread_id).order_by("-number")[0] == second


@pytest.mark.parametrize("asked_by", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_forged_question(asks: Assistant, editor_client: Client, asked_by: str) -> None:
    run = asked(asks)
    page = editor_client.post(address(run, "answer/"), {"asked_by": asked_by, **APPROVE_BOTH}, headers=HTMX)
    assert "Somebody else answered this meanwhile" in page.text
    assert Run.objects.count() == 1


def test_what_was_answered_leads_to_the_others(asks: Assistant, editor_client: Client) -> None:
    run = asked(asks)
    answer(editor_client, run)
    answered(run)
    page = editor_client.get(address(run), follow=True)
    assert page.redirect_chain == [(INBOX, 302)]
    assert "does not wait for an answer any more" in page.text


def test_it_is_filtered_by_assistant(asks: Assistant, editor_client: Client) -> None:
    other = make.assistant(name="Pauses", graph_id="pauses", settings={})
    first, second = asked(asks, title="Of asks"), asked(other, "Hi", title="Of pauses")
    query = f"?assistant={other.assistant_id}"
    page = editor_client.get(INBOX + query).text
    assert opened(page) == str(second.thread_id)
    assert "Of asks" not in page
    assert f'value="{other.assistant_id}" selected' in page
    assert f'action="{address(second, "answer/")}{query}"' in page
    after = answer(editor_client, first)  # no filter
    assert after.headers["Location"] == address(second)
    assert editor_client.get(f"{INBOX}?assistant=nonsense").status_code == 200


def test_others_see_nothing_of_it(asks: Assistant, erin: Person, sign_in: SignIn) -> None:
    run, own = asked(asks, title="A program's"), asked(asks, owner=erin, title="Erin's own")
    viewer = sign_in(granted(Role.VIEWER, username="sam"))
    assert "Nothing waits for you" in viewer.get(INBOX).text
    for one in (run, own):
        assert viewer.get(address(one)).status_code == 404
        assert answer(viewer, one).status_code == 404
    ben = sign_in(granted(Role.EDITOR, username="bo")).get(INBOX).text
    assert "A program&#x27;s" in ben
    assert "Erin" not in ben
    assert Run.objects.count() == 2


def test_the_menu_and_home_tell_of_it(asks: Assistant, editor_client: Client) -> None:
    assert "menu-count" not in editor_client.get("/").text
    run = asked(asks, title="An approval")
    home = editor_client.get("/").text
    assert re.search(r'menu-count">.*?</span>1</span>', home)
    assert "Waiting for your answer" in home
    assert address(run) in home


def test_a_server_that_executes_nothing(asks: Assistant, editor_client: Client, monkeypatch: Any) -> None:
    run = asked(asks)
    monkeypatch.setattr(type(engine()), "serving", property(lambda self: False))
    page = answer(editor_client, run, headers=HTMX)
    assert page.status_code == 503
    assert "Not sent" in page.text
    assert Run.objects.count() == 1


def test_many_need_no_more_queries(asks: Assistant, editor_client: Client) -> None:
    asked(asks)
    few = queries_of(editor_client, INBOX)
    for _number in range(4):
        asked(asks)
    assert queries_of(editor_client, INBOX) == few
