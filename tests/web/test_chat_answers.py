"""A graph asks in the middle of a run: every kind of question has its form, and the answer goes on with the run."""

import json
import re
from html import unescape

import pytest

from assistants_app.domain.errors import AnsweredAlready
from assistants_app.domain.json_values import Json
from assistants_app.engine import Engine
from assistants_app.models import Person
from assistants_app.services.authors import SYSTEM
from assistants_app.services.inbox import begin_answer
from tests.web.chatting import Chat


@pytest.fixture
def chat(serving: Engine, erin: Person) -> Chat:
    return Chat.with_graph(erin, "asks")


def answered(chat: Chat) -> list[Json]:
    """What the graph says that it was answered."""
    assert chat.status == 200, chat.html
    return [json.loads(unescape(text).removeprefix("second ")) for text in re.findall("<code>(.*?)</code>", chat.html)]


def fields(html: str, prefix: str) -> dict[str, str]:
    """What a browser would post of the inputs whose names begin like this, as they stand."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="([^"]*)"', tag)
        if name and name[1].startswith(prefix) and "disabled" not in tag:
            if kind and kind[1] in ("radio", "checkbox") and "checked" not in tag:
                continue
            found[unescape(name[1])] = unescape(value[1]) if value else ""
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', html, re.DOTALL):
        if name.startswith(prefix):
            found[unescape(name)] = unescape(text)
    return found


def test_it_works(chat: Chat) -> None:
    chat.send("any")
    assert "Waits for your answer" in chat.html
    assert "Which colour?" in chat.html
    chat.post("answer", {"q0:text": "red", "q0:as": "text"})
    assert answered(chat) == ["red"]
    assert "Waits for your answer" not in chat.page


def test_an_answer_as_json(chat: Chat) -> None:
    chat.send("any").post("answer", {"q0:text": '{"colour": ["red", 1.0]}', "q0:as": "json"})
    assert answered(chat) == [{"colour": ["red", 1.0]}]


def test_json_that_is_none_is_shown_again_with_its_fault(chat: Chat) -> None:
    chat.send("any").post("answer", {"q0:text": '{"colour": ', "q0:as": "json"})
    assert chat.status == 422
    assert "line 1" in chat.html
    assert "{&quot;colour&quot;: " in chat.html, "what was typed stays"


def test_a_response_schema_becomes_a_form(chat: Chat) -> None:
    chat.send("form")
    assert "Which seats?" in chat.html
    assert "At the window" in chat.html
    chat.post("answer", {"q0:/seats": "0"})
    assert chat.status == 422
    assert "Correct the fields that are marked." in chat.html
    chat.post("answer", {"q0:/seats": "3", "q0:/seats#state": "value"})
    assert answered(chat)[0]["seats"] == 3


def test_an_answer_that_only_the_graph_refuses_is_asked_for_again(chat: Chat) -> None:
    chat.send("form").post("answer", {"q0:/seats": "13", "q0:/seats#state": "value"})
    assert "there is no row 13" in chat.html
    assert "Which seats?" in chat.html
    chat.post("answer", {"q0:/seats": "3", "q0:/seats#state": "value"})
    assert answered(chat)[0]["seats"] == 3


def test_an_older_branch_is_answered(chat: Chat) -> None:
    chat.send("any")
    first = chat.keys[0]
    chat.post("fork", {"turn": first, "message": "form"})
    found = re.search(r'href="[^"]*branch=([^"#]*)#[^"]*"[^>]*title="Previous branch"', chat.page)
    assert found
    branch = found[1]
    assert "Which colour?" in chat.client.get(f"{chat.url}?branch={branch}").content.decode()
    chat.post("answer", {"q0:text": "red", "branch": branch})
    assert answered(chat) == ["red"]
    assert chat.texts[0] == "any", "the thread goes on in the branch that was answered"


def test_a_forged_branch_is_refused(chat: Chat) -> None:
    chat.send("any").post("answer", {"q0:text": "red"})
    chat.send("any", branch="1f000000-0000-6000-8000-000000000000")
    assert chat.status == 404
    assert chat.thread.runs.count() == 2


def test_batched_approvals_are_answered_in_order(chat: Chat) -> None:
    chat.send("batch")
    assert chat.html.count('<fieldset class="action">') == 2
    assert 'name="q0.1:decision" value="edit"' not in chat.html, "only what is allowed is offered"
    edit = {**fields(chat.html, "q0.0:"), "q0.0:decision": "edit", "q0.0:/copies": "3"}
    chat.post("answer", {**edit, "q0.1:decision": "reject", "q0.1:message": "Keep it"})
    arguments = {"to": "ann@example.org", "copies": 3, "urgent": False, "tags": ["a"]}
    assert answered(chat) == [
        {
            "decisions": [
                {"type": "edit", "edited_action": {"name": "send_email", "args": arguments}},
                {"type": "reject", "message": "Keep it"},
            ]
        }
    ]


def test_a_decision_that_is_not_offered_is_refused(chat: Chat) -> None:
    chat.send("batch").post("answer", {"q0.0:decision": "approve", "q0.1:decision": "edit"})
    assert (chat.status, "Choose what to do." in chat.html) == (422, True)
    chat.post("answer", {"q0.0:decision": "approve", "q0.1:decision": "approve"})
    assert answered(chat) == [{"decisions": [{"type": "approve"}, {"type": "approve"}]}]


def test_several_calls_are_answered_at_once(chat: Chat) -> None:
    chat.send("calls")
    assert "2 questions wait for your answer" in chat.html
    first, second = re.findall(r'<strong class="toolcall__name">(first|second)</strong>', chat.html)
    decisions = {first: "approve", second: "reject"}
    chat.post("answer", {"q0.0:decision": "approve", "q1.0:decision": "reject", "q1.0:message": "No"})
    by_name = dict(zip(decisions, [{"type": "approve"}, {"type": "reject", "message": "No"}], strict=True))
    assert answered(chat) == [by_name["first"], by_name["second"]]


def test_the_older_kind_is_answered_by_a_list(chat: Chat) -> None:
    chat.send("older")
    assert "Look at it first." in chat.html
    chat.post("answer", {"q0.0:decision": "respond"})
    assert (chat.status, "Write the answer." in chat.html) == (422, True)
    chat.post("answer", {"q0.0:decision": "respond", "q0.0:message": "Why?"})
    assert answered(chat) == [[{"type": "response", "args": "Why?"}]]


def test_a_pause_is_continued(serving: Engine, erin: Person) -> None:
    chat = Chat.with_graph(erin, "pauses").send("Go")
    assert "The graph stopped before work." in chat.html
    chat.post("answer")
    assert chat.status == 200
    assert "Worked." in chat.html


def test_nothing_is_answered_twice(chat: Chat) -> None:
    chat.send("any").post("answer", {"q0:text": "red"})
    chat.post("answer", {"q0:text": "blue"})
    assert (chat.status, "Nothing waits for an answer any more" in chat.html) == (409, True)


def test_the_question_is_there_when_the_page_is_opened_again(chat: Chat) -> None:
    chat.send("batch")
    assert "send_email" in chat.page
    assert 'data-state="waiting"' in chat.page


def test_a_button_in_a_questions_form_answers_with_its_field(chat: Chat) -> None:
    chat.send("batch")
    data = {**fields(chat.html, "q0.0:"), "q0.0:decision": "edit", "q0.0:#action": "add:q0.0:/tags"}
    html = chat.client.post(f"{chat.url}answer/", data, headers={"HX-Request": "true"}).content.decode()
    assert html.count("q0.0:/tags/") > 1
    assert chat.thread.runs.count() == 1, "nothing was sent"


def test_a_page_that_was_left_open_answers_no_later_question(chat: Chat) -> None:
    chat.send("twice")
    first = str(chat.run.run_id)
    chat.post("answer", {"q0:text": "red", "q0:as": "text"})
    runs = chat.thread.runs.count()
    assert "Waits for your answer" in chat.html

    for stale in (first, "", "no id"):
        chat.post("answer", {"q0:text": "late", "q0:as": "text", "asked_by": stale})
        assert chat.status == 409
        assert "This question was answered meanwhile, so your answer was not sent" in chat.html
        assert "Waits for your answer" in chat.html, "what is asked now is shown"
        assert f'name="asked_by" value="{chat.run.run_id}"' in chat.html
    assert chat.thread.runs.count() == runs


def test_of_two_answers_at_once_one_counts(chat: Chat) -> None:
    """Both were read while the first question waited."""
    chat.send("twice")
    first, thread = chat.run.run_id, chat.thread
    chat.post("answer", {"q0:text": "red", "q0:as": "text"})
    with pytest.raises(AnsweredAlready):
        begin_answer(
            thread=thread.thread_id, asked_by=first, assistant_id=chat.assistant.assistant_id, author=SYSTEM, command={}
        )
