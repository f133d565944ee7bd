"""An assistant's overview: what is live, what happened lately, what stands in the way of a run."""

import uuid

import pytest
from django.test import Client

from assistants_app.models import Assistant, Person
from assistants_app.services.versions import make_live
from tests import make
from tests.people import SignIn
from tests.web.queries import queries_of

pytestmark = pytest.mark.django_db


def address(assistant: Assistant) -> str:
    return f"/assistants/{assistant.assistant_id}/"


def test_it_works(editor_client: Client, erin: Person) -> None:
    made = make.assistant(name="Blog writer", person=erin, description="For the blog.")
    make.version(made, person=erin, note="Shorter")

    page = editor_client.get(address(made)).text

    for said in ("<h1>Blog writer</h1>", "Live v2", "For the blog.", "Shorter", "Erin Editor", str(made.assistant_id)):
        assert said in page


def test_a_newer_version_that_is_not_live_is_offered(editor_client: Client) -> None:
    made = make.assistant_with_versions(3)
    make_live(assistant_id=made.assistant_id, number=1, author=make.author_of(None))

    assert "v3 was saved, but is not live" in editor_client.get(address(made)).text


@pytest.mark.parametrize(
    ("graph_id", "said"),
    [
        ("uninstalled", "is not installed any more"),
        ("broken", "could not be loaded"),
        ("writer", "settings have changed"),
    ],
)
def test_what_stands_in_the_way_is_said(editor_client: Client, graph_id: str, said: str) -> None:
    made = make.assistant(graph_id=graph_id, settings_schema={"type": "object", "properties": {"old": {}}})

    answer = editor_client.get(address(made))

    assert answer.status_code == 200
    assert said in answer.text


def test_it_takes_the_same_queries_for_one_and_for_many(sign_in: SignIn, erin: Person) -> None:
    client = sign_in(erin)
    made = make.assistant(person=erin)
    one = queries_of(client, address(made))
    for _number in range(19):
        make.version(made, person=erin)

    assert queries_of(client, address(made)) == one


@pytest.mark.parametrize(
    "where", ["", "versions/", "versions/1/", "rename/", "delete/", "versions/1/clone/", "compare/"]
)
def test_an_unknown_assistant_is_a_page_of_its_own(editor_client: Client, where: str) -> None:
    answer = editor_client.get(f"/assistants/{uuid.uuid4()}/{where}")

    assert answer.status_code == 404
    assert "There is no such assistant. It may have been deleted." in answer.text
