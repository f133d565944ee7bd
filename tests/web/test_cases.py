"""The tab of test cases: the list, the form, running them, and what came of it."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.models import Assistant, Case, Person, Role, Trial
from tests import make
from tests.people import SignIn, granted
from tests.web.queries import queries_of

pytestmark = pytest.mark.django_db

TYPED = {
    "name": "Greets",
    "input_as": "messages",
    "said-0-role": "human",
    "said-0-text": "Hello\r\nthere",
    "check-0-kind": "contains",
    "check-0-text": "hello",
    "do": "save",
}


def url(name: str, assistant: Assistant, *more: Any) -> str:
    return reverse(name, args=[assistant.assistant_id, *more])


def post_new(client: Client, assistant: Assistant, **changed: str) -> Any:
    return client.post(url("case-new", assistant), {**TYPED, **changed})


def test_it_works(editor_client: Client) -> None:
    assistant = make.assistant()
    assert "No test cases yet" in editor_client.get(url("cases", assistant)).text
    assert "What the answer must satisfy" in editor_client.get(url("case-new", assistant)).text

    answer = post_new(editor_client, assistant)

    assert answer.headers["Location"] == url("cases", assistant)
    case = Case.objects.get()
    assert case.input == {"messages": [{"type": "human", "content": "Hello\nthere"}]}
    assert case.checks == [{"kind": "contains", "text": "hello"}]
    page = editor_client.get(url("cases", assistant)).text
    assert "The test case “Greets” is saved." in page
    assert "contains “hello”" in page
    assert "Not run" in page


def test_changing_and_deleting(editor_client: Client) -> None:
    assistant = make.assistant()
    case = make.case(assistant, checks=[{"kind": "matches", "pattern": "a<b", "not": True}])
    address = url("case", assistant, case.pk)
    assert 'value="a&lt;b"' in editor_client.get(address).text

    editor_client.post(address, {**TYPED, "check-0-kind": "matches", "check-0-text": "^h", "check-0-not": ""})
    case.refresh_from_db()
    assert (case.name, case.checks, case.edition) == ("Greets", [{"kind": "matches", "pattern": "^h"}], 2)

    answer = editor_client.post(url("case-delete", assistant, case.pk), follow=True)
    assert "The test case “Greets” is deleted." in answer.text
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("typed", "said", "anchor"),
    [
        ({"name": ""}, "Give the test case a name", "name"),
        ({"said-0-text": " "}, "Write what is said", "said-0-text"),
        ({"check-0-text": ""}, "Write the text that the answer must contain", "check-0-text"),
        ({"check-0-kind": "nonsense"}, "one check at least", "new_kind"),
        ({"check-0-kind": "matches", "check-0-text": "(?=a)"}, "The pattern cannot be read", "check-0-text"),
        ({"check-0-kind": "json_shape", "check-0-value": "{"}, "Expecting property name", "check-0-value"),
        ({"check-0-kind": "json_shape", "check-0-value": '{"$ref": "http://a"}'}, "only references", "check-0-value"),
        ({"input_as": "json", "input": "{"}, "Expecting property name", "input"),
        ({"input_as": "json", "input": "[]"}, "one JSON object", "input"),
        ({"check-0-text": "a\x00"}, "NUL", "check-0-text"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(
    editor_client: Client, typed: dict[str, str], said: str, anchor: str
) -> None:
    assistant = make.assistant()

    answer = post_new(editor_client, assistant, **typed)

    assert answer.status_code == 422
    summary = answer.text.split("error-summary")[1].split("</ul>")[0]
    assert said in summary
    assert f'href="#{anchor}"' in summary
    assert f'id="{anchor}"' in answer.text
    assert not Case.objects.exists()


def test_buttons_inside_the_form_save_nothing(editor_client: Client) -> None:
    assistant = make.assistant()

    more = post_new(editor_client, assistant, do="add-message").text
    tool = post_new(editor_client, assistant, do="add-check", new_kind="tool_called").text
    less = post_new(editor_client, assistant, do="remove-check:0").text
    as_json = post_new(editor_client, assistant, do="as-json").text
    back = post_new(
        editor_client,
        assistant,
        input_as="json",
        input='{"messages": [{"role": "user", "content": "Hey"}]}',
        do="as-messages",
    ).text
    stays = post_new(editor_client, assistant, input_as="json", input='{"topic": 3}', do="as-messages").text
    odd = post_new(editor_client, assistant, do="remove-message:x9").text

    assert 'name="said-1-text"' in more
    assert "hello" in tool
    assert 'value="tool_called"' in tool
    assert re.search(r'id="check-1-text"[^>]*autofocus', tool)
    assert 'name="check-0-kind"' not in less
    assert "&quot;content&quot;: &quot;Hello\\nthere&quot;" in as_json
    assert "Hey" in back
    assert 'name="said-0-text"' in back
    assert "only be shown as JSON" in stays
    assert 'name="said-0-text"' in odd
    assert not Case.objects.exists()


def test_rows_are_read_in_their_order_and_not_without_end(editor_client: Client) -> None:
    assistant = make.assistant()
    many = {f"check-{n}-{part}": value for n in range(900) for part, value in (("kind", "contains"), ("text", "a"))}

    answer = post_new(editor_client, assistant, **many)

    assert answer.status_code == 422
    assert "20 checks at most" in answer.text


def test_a_graph_without_messages_is_given_json(editor_client: Client) -> None:
    assistant = make.assistant(graph_id="adder", settings={}, settings_schema=None)
    assert "What the graph is given, as JSON" in editor_client.get(url("case-new", assistant)).text

    post_new(editor_client, assistant, input_as="json", input='{"a": 1, "b": 2}')

    assert Case.objects.get().input == {"a": 1, "b": 2}


def test_who_only_looks_is_offered_nothing_else(sign_in: SignIn) -> None:
    assistant = make.assistant()
    make.case(assistant)
    viewer = sign_in(granted(Role.VIEWER, username="vera")).get(url("cases", assistant)).text
    tester = sign_in(granted(Role.TESTER, username="tess")).get(url("cases", assistant)).text

    assert url("cases-run", assistant) not in viewer
    assert "needs the role Tester" in viewer
    assert url("cases-run", assistant) in tester
    assert url("case-new", assistant) not in viewer + tester


def test_cases_of_another_assistant_are_not_here(editor_client: Client) -> None:
    case = make.case(make.assistant())
    other = make.assistant(name="Other")

    assert editor_client.get(url("case", other, case.pk)).status_code == 404
    assert editor_client.post(url("case-delete", other, case.pk)).status_code == 404


def test_the_list_asks_as_often_for_one_as_for_twenty(editor_client: Client) -> None:
    assistant = make.assistant()
    make.case(assistant)
    one = queries_of(editor_client, url("cases", assistant))
    for number in range(20):
        make.case(assistant, f"case {number}")

    assert queries_of(editor_client, url("cases", assistant)) == one


def test_nothing_is_begun_while_nothing_serves(editor_client: Client) -> None:
    assistant = make.assistant()
    make.case(assistant)

    assert editor_client.post(url("cases-run", assistant)).status_code == 503
    assert not Trial.objects.exists()


def test_a_name_that_is_the_question_is_shown_once(sign_in: SignIn, erin: Person) -> None:
    """As the chat names what it makes; a question that the name does not tell stands below it."""
    assistant = make.assistant(person=erin)
    make.case(assistant, "Where is order A-1001?", checks=[{"kind": "contains", "text": "delivered"}])
    below = '<p class="list-name__about break">Where is order A-1001?</p>'
    page = sign_in(erin).get(url("cases", assistant)).text
    assert ">Where is order A-1001?</a>" in page
    assert below not in page
    Case.objects.update(name="Orders")
    page = sign_in(erin).get(url("cases", assistant)).text
    assert ">Orders</a>" in page
    assert below in page
