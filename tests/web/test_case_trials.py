"""Test cases run from their page: with any version or a draft, watched, cancelled; a question of the chat is kept."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.domain.drafts import Written
from assistants_app.models import Assistant, Case, CaseResult, Person, Trial
from assistants_app.services.authors import Author
from assistants_app.services.drafts import keep_draft
from tests import make
from tests.web.chatting import Chat
from tests.web.test_cases import TYPED, url

pytestmark = pytest.mark.usefixtures("serving")


def run(client: Client, assistant: Assistant, **asked: Any) -> str:
    """The page of a trial that has ended."""
    address = client.post(url("cases-run", assistant), asked).headers["Location"]
    for _look in range(200):
        page = client.get(address, headers={"HX-Request": "true"}).text
        if 'data-trial="running"' not in page:
            return page
    raise AssertionError(page)


def test_it_works(editor_client: Client, operator_client: Client) -> None:
    assistant = make.assistant_with_versions(2)
    make.case(assistant, "Hello", checks=[{"kind": "contains", "text": "blog post 2"}])

    live = run(editor_client, assistant, **{"with": "live"})
    old = run(editor_client, assistant, **{"with": "1"})

    assert "All passed" in live
    assert "0 of 1 passed" in old
    assert "The answer does not contain it." in old
    assert "Live v2" in old
    assert old.count("chip--success") == 1
    result = CaseResult.objects.get(status="failed")
    address = url("trial-result", assistant, result.trial_id, result.pk)
    page = operator_client.get(address).text
    assert "Write a blog post. You said: Hello" in page
    assert reverse("run", args=[result.run_id]) in page
    assert reverse("run", args=[result.run_id]) not in editor_client.get(address).text
    assert "v1: 0 of 1 passed" in editor_client.get(url("cases", assistant)).text


def test_one_case_alone(editor_client: Client) -> None:
    assistant = make.assistant()
    make.case(assistant, "one")
    two = make.case(assistant, "two")

    page = run(editor_client, assistant, case=str(two.pk))

    assert "two" in page
    assert CaseResult.objects.count() == 1


def test_a_draft(editor_client: Client, erin: Person) -> None:
    assistant = make.assistant()
    make.case(assistant, "hi", checks=[{"kind": "contains", "text": "Rhyme"}])
    assert "My draft" not in editor_client.get(url("cases", assistant)).text
    written = Written(
        base=1,
        newest=1,
        name="A",
        description="",
        settings_schema=make.SCHEMA,
        settings={"system_prompt": "Rhyme."},
    )
    keep_draft(author=Author.of(erin), assistant=assistant, written=written, known=0)
    assert "My draft" in editor_client.get(url("cases", assistant)).text

    page = run(editor_client, assistant, **{"with": "draft"})

    assert "All passed" in page
    assert "Not run" in page
    assert "Draft: 1 of 1 passed" in editor_client.get(url("cases", assistant)).text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"with": "draft"}, "You have no draft"),
        ({"with": "nonsense"}, "Choose the version"),
        ({"case": "nonsense"}, "no test case to run"),
    ],
)
def test_what_cannot_be_run_is_told(editor_client: Client, asked: dict[str, str], said: str) -> None:
    assistant = make.assistant()
    make.case(assistant)

    answer = editor_client.post(url("cases-run", assistant), asked, follow=True)

    assert said in answer.text
    assert not Trial.objects.exists()


def test_a_version_that_is_none(editor_client: Client) -> None:
    assistant = make.assistant()
    make.case(assistant)

    assert editor_client.post(url("cases-run", assistant), {"with": "99"}).status_code == 404


def test_cancelling(editor_client: Client) -> None:
    assistant = make.assistant(graph_id="slow", settings={"seconds": 30})
    make.case(assistant)
    address = editor_client.post(url("cases-run", assistant)).headers["Location"]
    assert 'data-trial="running"' in editor_client.get(address).text

    page = editor_client.post(f"{address}cancel/", follow=True).text

    assert 'data-trial="cancelled"' in page
    assert editor_client.post(f"{address}cancel/", follow=True).status_code == 200


def test_a_case_that_changed_since(editor_client: Client) -> None:
    assistant = make.assistant()
    case = make.case(assistant)
    run(editor_client, assistant)
    trial = Trial.objects.get()

    editor_client.post(url("case", assistant, case.pk), TYPED)

    assert "Changed since" in editor_client.get(url("trial", assistant, trial.pk)).text
    assert "Not run" in editor_client.get(url("cases", assistant)).text


def test_a_question_of_the_chat_is_kept(erin: Person) -> None:
    chat = Chat.with_graph(erin, "uses_tool")
    chat.post("send", {"message": "Look it up"})
    found = re.search(r'href="([^"]+/case/\?turn=[^"]+)"', chat.page)
    assert found

    form = chat.client.get(found[1].replace("&amp;", "&")).text

    assert "Look it up" in form
    assert 'value="tool_called"' in form
    assert "What was answered in the chat" in form
    assert not Case.objects.exists()
    assert chat.client.get(found[1].split("?")[0] + "?turn=nothing").status_code == 404
