"""All votes of an assistant: which version won how often against which."""

import pytest
from django.test import Client

from assistants_app.models import Assistant, Person, Vote
from tests import make
from tests.web.queries import queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def assistant(db: None) -> Assistant:
    return make.assistant_with_versions(3)


def votes(assistant: Assistant, person: Person, first: int | None, second: int | None, *values: str) -> None:
    for value in values:
        Vote.objects.create(assistant=assistant, person=person, first_version=first, second_version=second, value=value)


def url(assistant: Assistant) -> str:
    return f"/assistants/{assistant.assistant_id}/test/compare/votes/"


def test_it_works(editor_client: Client, assistant: Assistant, erin: Person, ben: Person) -> None:
    votes(assistant, erin, 1, 3, "second", "second", "same")
    votes(assistant, ben, 1, 3, "first", "neither")
    votes(assistant, ben, 3, None, "second")
    votes(make.assistant(name="Other"), ben, 1, 3, "first")

    page = editor_client.get(url(assistant))
    rows = [
        (row.names, row.first_wins, row.second_wins, row.same, row.neither, row.votes) for row in page.context["rows"]
    ]
    assert rows == [(("v1", "v3"), 1, 2, 1, 1, 5), (("v3", "Unsaved settings"), 0, 1, 0, 0, 1)]
    assert f"/assistants/{assistant.assistant_id}/compare/v1...v3/" in page.text
    assert "<strong>2</strong>" in page.text
    test = editor_client.get(f"/assistants/{assistant.assistant_id}/test/compare/").text
    assert url(assistant) in test


def test_none_yet(editor_client: Client, assistant: Assistant) -> None:
    assert "No votes yet" in editor_client.get(url(assistant)).text


def test_it_costs_the_same_with_many(editor_client: Client, assistant: Assistant, erin: Person) -> None:
    votes(assistant, erin, 1, 2, "first")
    few = queries_of(editor_client, url(assistant))
    for number in range(2, 230):
        votes(assistant, erin, 1, number, "first")
    assert queries_of(editor_client, url(assistant)) == few
    assert "The 200 pairs with the most votes are shown." in editor_client.get(url(assistant)).text
