"""The chat: a message is sent, its answer shown; threads of one person with one assistant."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assistants_app.engine import Engine, engine
from assistants_app.models import Person, Run, Thread
from assistants_app.services.threads import create_thread
from tests import make
from tests.people import SignIn
from tests.running import listen, wait_for
from tests.web.chatting import Chat, texts_of

pytestmark = pytest.mark.usefixtures("serving")


@pytest.fixture
def chat(serving: Engine, erin: Person) -> Chat:
    return Chat.with_graph(erin, "echo")


def test_it_works(chat: Chat) -> None:
    chat.send("Hello **you**")
    assert texts_of(chat.begun) == ["Hello **you**"], "the person's own bubble at once, as typed"
    assert "stream/" in chat.begun
    assert texts_of(chat.html) == ["Hello **you**", "You said: Hello you"]
    assert "<strong>you</strong>" in chat.html
    assert chat.texts == ["Hello **you**", "You said: Hello you"], "and when the page is opened again"
    assert chat.thread.title == "Hello **you**"


def test_the_first_page_says_what_to_do(chat: Chat) -> None:
    assert "Try Echo" in chat.page
    assert "Test: users are not affected" in chat.page
    assert not Thread.objects.exists(), "a thread is made by its first message"


def test_the_next_message_goes_on_in_the_thread(chat: Chat) -> None:
    chat.send("One").send("Two")
    assert chat.texts == ["One", "You said: One", "Two", "You said: Two"]
    assert Thread.objects.count() == 1


def test_what_is_under_test_is_chosen_per_message(chat: Chat) -> None:
    make.version(chat.assistant, settings={"prefix": "Version two:"})
    chat.assistant.refresh_from_db()
    chat.send("Hi", under_test="live").send("Hi", under_test="1")
    assert chat.texts[1::2] == ["Version two: Hi", "You said: Hi"]
    assert 'value="1" data-kind="info" data-label="v1" selected' in chat.page, "the thread goes on with what it used"


def test_a_version_that_does_not_exist_is_refused(chat: Chat) -> None:
    chat.send("Hi", under_test="99")
    assert chat.status == 422
    assert "has no version 99" in chat.html
    assert not Thread.objects.exists()


@pytest.mark.parametrize("under_test", ["", "v1", "-1", "9" * 30])
def test_what_names_no_version_is_not_taken_for_the_live_one(chat: Chat, under_test: str) -> None:
    chat.send("Hi", under_test=under_test)
    assert (chat.status, "Choose the version to test." in chat.html) == (422, True)


def test_first_messages_are_offered(serving: Engine, erin: Person) -> None:
    """Those that the graph's author names, else what any assistant can be asked."""
    assert "Look &lt;left&gt; and right." in (page := Chat.with_graph(erin, "looking").page)
    assert "honey bees" not in page
    assert "honey bees" in Chat.with_graph(erin, "echo").page


def test_an_empty_message_is_refused(chat: Chat) -> None:
    chat.send("  \r\n ")
    assert (chat.status, "Write a message first." in chat.html) == (422, True)


def test_a_message_that_no_database_keeps_is_refused(chat: Chat) -> None:
    chat.send("a\x00b")
    assert chat.status == 422
    assert not Thread.objects.exists()


def test_the_same_form_sent_twice_begins_one_run(chat: Chat) -> None:
    once = str(uuid.uuid4())
    chat.send("Hi", once=once)
    first = chat.url
    again = chat.client.post(f"{first}send/", {"message": "Hi", "once": once})
    assert again.status_code == 302
    assert Run.objects.count() == 1


def test_the_same_form_twice_at_one_moment(chat: Chat) -> None:
    once = str(uuid.uuid4())

    def send(_time: int) -> tuple[int, str]:
        try:
            response = chat.client.post(f"{chat.url}send/", {"message": "Hi", "once": once})
            return response.status_code, response.headers.get("Location", "")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        answers = set(pool.map(send, range(3)))
    run = Run.objects.get(run_id=once)
    assert answers == {(302, f"{chat.url}{run.thread.thread_id}/")}
    assert Thread.objects.count() == 1
    listen(run)


def test_a_mark_that_is_somebody_elses(chat: Chat, serving: Engine) -> None:
    taken = make.run("theirs")
    chat.send("Hi", once=str(taken.run_id))
    assert (chat.status, "sent already" in chat.html) == (409, True)
    assert list(Thread.objects.all()) == [taken.thread]


def test_without_javascript_a_post_leads_to_the_thread(chat: Chat) -> None:
    response = chat.client.post(f"{chat.url}send/", {"message": "Hi"})
    assert response.status_code == 302
    assert response["Location"].startswith(chat.url)
    refused = chat.client.post(f"{chat.url}send/", {"message": " "})
    assert refused.status_code == 422
    assert "<chat-panel" in refused.content.decode()


def test_a_message_while_a_run_goes_on_is_refused(erin: Person) -> None:
    chat = Chat.with_graph(erin, "slow")
    chat.post("send", {"message": "Wait"}, wait=False)
    chat.post("send", {"message": "And?"}, wait=False)
    assert (chat.status, "still going on" in chat.html) == (409, True)
    chat.post(f"runs/{chat.run.run_id}/stop", wait=False)
    assert chat.status == 204
    chat.finish()
    assert "Stopped." in chat.html


def test_what_was_written_before_the_stop_stays(erin: Person) -> None:
    chat = Chat.with_graph(erin, "echo", delay=0.25)
    chat.post("send", {"message": "one two three four five six seven eight"}, wait=False)
    wait_for(until_written(chat.run.run_id, "two"))
    chat.post(f"runs/{chat.run.run_id}/stop", wait=False)
    chat.finish()
    assert "You said: one two" in chat.html
    assert "eight" not in texts_of(chat.html)[1]
    chat.post("retry")
    assert texts_of(chat.html)[1].endswith("seven eight")


def test_another_answer_after_a_stop(erin: Person) -> None:
    chat = Chat.with_graph(erin, "echo", delay=0.25)
    chat.post("send", {"message": "one two three four five six seven eight"}, wait=False)
    wait_for(until_written(chat.run.run_id, "two"))
    chat.post(f"runs/{chat.run.run_id}/stop", wait=False)
    chat.finish()
    make.version(chat.assistant, settings={"prefix": "Again:"})
    chat.post("fork", {"turn": chat.keys[0]})
    assert texts_of(chat.html)[1] == "Again: one two three four five six seven eight"
    assert len(chat.keys) == 1


async def until_written(run_id: uuid.UUID, word: str) -> None:
    async for event in engine().listen(run_id):
        if word in event.data.decode():
            return


def test_an_editor_sees_own_threads_only(chat: Chat, ben: Person, sign_in: SignIn) -> None:
    chat.send("Mine")
    run = chat.run
    client = sign_in(ben)
    for address in ("", "raw/", f"runs/{run.run_id}/turn/", f"runs/{run.run_id}/stream/"):
        assert client.get(chat.url + address).status_code == 404, address
    for address in ("send/", "fork/", "retry/", "answer/", "rename/", "delete/", f"runs/{run.run_id}/stop/"):
        assert client.post(chat.url + address).status_code == 404, address
    assert "Mine" not in client.get(chat.url.rpartition("test/")[0] + "test/").content.decode()


def test_a_thread_of_another_assistant_is_not_found(chat: Chat, erin: Person) -> None:
    other = make.assistant(name="Other", graph_id="echo")
    thread = create_thread(assistant=other, owner=erin)
    assert chat.client.get(f"{chat.url}{thread.thread_id}/").status_code == 404
    assert chat.client.get(f"{chat.url}{uuid.uuid4()}/").status_code == 404


def test_a_stranger_is_sent_to_sign_in(chat: Chat) -> None:
    assert Client().get(chat.url).status_code == 302


def test_a_post_without_its_token_is_refused(chat: Chat, erin: Person) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(erin)
    assert strict.post(f"{chat.url}send/", {"message": "Hi"}).status_code == 403


def test_renaming_and_deleting_a_thread(chat: Chat) -> None:
    chat.send("Hi")
    thread = chat.thread
    chat.client.post(f"{chat.url}rename/", {"title": "About <b>bees</b>"})
    assert "About &lt;b&gt;bees&lt;/b&gt;" in chat.page
    response = chat.client.post(f"{chat.url}delete/")
    assert response.status_code == 302
    assert not Thread.objects.filter(pk=thread.pk).exists()
    assert chat.client.get(chat.url).status_code == 404


def test_the_list_of_threads_costs_the_same_for_1_and_for_20(chat: Chat, erin: Person) -> None:
    create_thread(assistant=chat.assistant, owner=erin, title="One")
    _ = chat.page
    with CaptureQueriesContext(connection) as with_one:
        assert "One" in chat.page
    for number in range(19):
        create_thread(assistant=chat.assistant, owner=erin, title=f"Another {number}")
    with CaptureQueriesContext(connection) as with_twenty:
        assert "Another 18" in chat.page
    assert len(with_twenty) == len(with_one)


def test_state_and_message_as_json(chat: Chat) -> None:
    chat.send("Hi")
    assert '"content": "Hi"' in chat.part(f"{chat.url}raw/")
    key = chat.keys[0]
    assert chat.part(f"{chat.url}raw/?message={key}").count('"content"') == 1
    assert chat.client.get(f"{chat.url}raw/?message=nobody").status_code == 404
    assert "Back to the thread" in chat.client.get(f"{chat.url}raw/").content.decode()


def test_an_unknown_branch_is_not_found(chat: Chat) -> None:
    chat.send("Hi")
    assert chat.client.get(f"{chat.url}?branch={uuid.uuid4()}").status_code == 404


def test_the_panel_alone_for_the_page_beside(chat: Chat) -> None:
    html = chat.part(f"{chat.url}?beside=1")
    assert html.startswith("<chat-panel") or "<html" not in html
    assert 'value="unsaved" data-kind="warning" data-label="Draft" selected' in html


def test_script_in_a_message_stays_text(chat: Chat) -> None:
    chat.send("<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) ![y](https://e.org/y)")
    for html in (chat.begun, chat.html, chat.page):
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert '<img src="https' not in html
        assert 'href="javascript' not in html
