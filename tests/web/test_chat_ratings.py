"""Thumbs and a note under each answer: kept, changed, taken back, and shown again."""

import re

import pytest
from django.test import Client

from assistants_app.engine import Engine
from assistants_app.models import Person, Rating
from tests import make
from tests.people import SignIn
from tests.web.chatting import Chat
from tests.web.queries import queries_of


@pytest.fixture
def chat(serving: Engine, erin: Person) -> Chat:
    return Chat.with_graph(erin, "echo").send("Hi")


def rate(chat: Chat, rating: str, **data: str) -> str:
    address = f"{chat.url}runs/{chat.run.run_id}/rating/"
    response = chat.client.post(address, {"rating": rating, **data}, headers={"HX-Request": "true"})
    chat.status = response.status_code
    return response.content.decode()


def pressed(html: str) -> list[str]:
    """Which thumbs are pressed, in the order of the answers."""
    return re.findall(r'id="(good|bad)-[^"]*"[^>]*aria-pressed="true"', html)


def test_it_works(chat: Chat) -> None:
    """As soon as the answer is there; shown again when the page is opened again."""
    assert pressed(chat.html) == []
    assert 'aria-pressed="false"' in chat.html
    assert pressed(rate(chat, "good")) == ["good"]
    assert pressed(chat.page) == ["good"]
    html = rate(chat, "good", note="Short <b>and</b> right.")
    assert "Short &lt;b&gt;and&lt;/b&gt; right." in html
    assert "Short &lt;b&gt;and&lt;/b&gt; right." in chat.page
    assert "Note kept." in html


def test_the_other_thumb_changes_it_and_keeps_the_note(chat: Chat) -> None:
    rate(chat, "good", note="Hm")
    assert pressed(rate(chat, "bad")) == ["bad"]
    assert Rating.objects.get().note == "Hm"


def test_the_same_thumb_takes_it_back(chat: Chat) -> None:
    html = rate(chat, "bad")
    assert re.search(r'id="bad-[^"]*" name="rating" value="none"', html)
    assert pressed(rate(chat, "none")) == []
    assert not Rating.objects.exists()


def test_a_note_is_emptied(chat: Chat) -> None:
    rate(chat, "good", note="Hm")
    rate(chat, "good", note="")
    assert Rating.objects.get().note == ""
    assert "Add a note" in chat.page


@pytest.mark.parametrize("rating", ["", "best", "1"])
def test_what_is_no_rating_is_refused(chat: Chat, rating: str) -> None:
    html = rate(chat, rating)
    assert (chat.status, "rated as good or bad" in html) == (422, True)


def test_a_note_that_cannot_be_kept_is_not_lost(chat: Chat) -> None:
    rate(chat, "good")
    html = rate(chat, "good", note="x" * 2001)
    assert (chat.status, "at most 2000 characters; it has 2001" in html, "x" * 2001 in html) == (422, True, True)
    assert Rating.objects.get().note == ""


def test_without_javascript_it_leads_back_to_the_thread(chat: Chat) -> None:
    address = f"{chat.url}runs/{chat.run.run_id}/rating/"
    assert chat.client.post(address, {"rating": "good"}).headers["Location"] == chat.url
    assert pressed(chat.page) == ["good"]
    assert "rated as good or bad" in chat.client.post(address, {"rating": "?"}, follow=True).content.decode()


def test_each_answer_of_a_thread_has_its_own(chat: Chat) -> None:
    rate(chat, "bad")
    chat.send("Again")
    rate(chat, "good")
    assert pressed(chat.page) == ["bad", "good"]


def test_each_branch_shows_the_run_that_answered_there(chat: Chat) -> None:
    rate(chat, "bad", note="first")
    make.version(chat.assistant, settings={"prefix": "Again:"})
    chat.post("fork", {"turn": chat.keys[0]})
    assert pressed(chat.page) == []
    assert "<span>v2</span>" in chat.page
    rate(chat, "good")
    found = re.search(r'href="([^"]*)#[^"]*"[^>]*title="Previous branch"', chat.page)
    assert found
    before = chat.client.get(found[1].replace("&amp;", "&")).content.decode()
    assert pressed(before) == ["bad"]
    assert "<span>v1</span>" in before
    assert pressed(chat.page) == ["good"]


def test_an_answer_that_waits_or_goes_on_is_not_rated_yet(serving: Engine, erin: Person) -> None:
    waiting = Chat.with_graph(erin, "asks").send("any")
    assert "Good answer" not in waiting.page
    running = Chat.with_graph(erin, "slow").post("send", {"message": "Hi"}, wait=False)
    assert "Good answer" not in running.page
    assert "not ended yet" in rate(running, "good")
    running.post(f"runs/{running.run.run_id}/stop", wait=False)
    running.finish()


def test_nobody_rates_in_a_thread_of_somebody_else(chat: Chat, ben: Person, sign_in: SignIn) -> None:
    address = f"{chat.url}runs/{chat.run.run_id}/rating/"
    assert sign_in(ben).post(address, {"rating": "good"}).status_code == 404
    assert Client().post(address, {"rating": "good"}).status_code == 401
    other = Chat.with_graph(chat.thread.owner or ben, "echo").send("Hi")
    assert other.client.post(f"{chat.url}runs/{other.run.run_id}/rating/", {"rating": "good"}).status_code == 404
    assert not Rating.objects.exists()


def test_the_result_of_a_graph_without_messages_is_rated_too(serving: Engine, erin: Person) -> None:
    chat = Chat.with_graph(erin, "adder")
    chat.post("send", {"input:/left": "2", "input:/right": "3", "input:/right#state": "value"})
    rate(chat, "good")
    assert pressed(chat.page) == ["good"]


def test_as_many_queries_for_many_ratings_as_for_one(chat: Chat) -> None:
    rate(chat, "good")
    one = queries_of(chat.client, chat.url)
    for number in range(4):
        chat.send(f"Message {number}")
        rate(chat, "bad", note="Hm")
    assert len(pressed(chat.page)) == 5
    assert queries_of(chat.client, chat.url) == one
