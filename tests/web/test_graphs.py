"""The graphs page: all of them, those that do not load with what they need, those that are gone."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from assistants_app.models import Person
from tests import make
from tests.people import SignIn
from tests.web.queries import queries_of

pytestmark = pytest.mark.django_db


def test_it_works(editor_client: Client) -> None:
    make.assistant()
    make.assistant()

    page = editor_client.get("/graphs/").text

    for said in ("writer", "Writes what it is told to.", "Available", "2 assistants"):
        assert said in page


def test_operators_see_why_a_graph_does_not_load(operator_client: Client, editor_client: Client) -> None:
    for path in ("/graphs/", "/graphs/broken/"):
        seen, hidden = operator_client.get(path).text, editor_client.get(path).text
        assert "no_such_file.py" in seen
        assert "no_such_file.py" not in hidden
        assert "An operator of this site can see why." in hidden


def test_a_graph_that_is_gone_is_listed_by_its_assistants(editor_client: Client) -> None:
    make.assistant(graph_id="uninstalled")

    page = editor_client.get("/graphs/").text

    assert "Not installed" in page
    assert "?graph=uninstalled" in page


def test_one_graph_shows_its_settings(editor_client: Client) -> None:
    make.assistant(name="Blog writer")

    page = editor_client.get("/graphs/writer/").text

    for said in ("If nothing is set", "Settings schema as JSON", "&quot;properties&quot;", "Blog writer"):
        assert said in page


def test_a_graph_without_settings_says_so(editor_client: Client) -> None:
    assert "This graph has no settings" in editor_client.get("/graphs/bare/").text


def test_a_graph_whose_settings_have_no_schema_says_so(operator_client: Client, editor_client: Client) -> None:
    why = "choose: PydanticInvalidForJsonSchema: Cannot generate a JsonSchema for core_schema.CallableSchema"
    for address in ("/graphs/", "/graphs/unclear/", "/assistants/new/?graph=unclear"):
        pages = {client: client.get(address).text for client in (operator_client, editor_client)}
        for page in pages.values():
            assert "The schema of this graph’s settings cannot be made" in page, address
        assert why in pages[operator_client]
        assert why not in pages[editor_client]
    assert "This graph has no settings" not in operator_client.get("/graphs/unclear/").text
    dashboard = operator_client.get("/dashboard/").text
    assert dashboard.count("No settings schema") == 1
    assert f'href="/graphs/unclear/" title="{why}"' in dashboard


def test_an_unknown_graph_is_a_page_of_its_own(editor_client: Client) -> None:
    answer = editor_client.get("/graphs/no/such/graph/")

    assert answer.status_code == 404
    assert "There is no graph" in answer.text


def test_trying_again_says_how_it_went(operator_client: Client) -> None:
    answer = operator_client.post("/retry-graph/", {"graph_id": "broken"}, follow=True)
    assert "broken still cannot be loaded" in answer.text

    answer = operator_client.post("/retry-graph/", {"graph_id": "writer"}, follow=True)
    assert "writer is available now." in answer.text


def test_trying_again_is_for_operators(editor_client: Client) -> None:
    assert editor_client.post("/retry-graph/", {"graph_id": "broken"}).status_code == 403
    assert "Try again" not in editor_client.get("/graphs/").text


@pytest.mark.parametrize("graph_id", ["", "nope", "\0"])
def test_trying_an_unknown_graph_again(operator_client: Client, graph_id: str) -> None:
    assert operator_client.post("/retry-graph/", {"graph_id": graph_id}).status_code == 404


def test_it_takes_the_same_queries_for_one_and_for_many(sign_in: SignIn, erin: Person) -> None:
    client = sign_in(erin)
    make.assistant(graph_id="gone-0")
    one = queries_of(client, "/graphs/")
    for number in range(19):
        make.assistant(graph_id=f"gone-{number}")

    assert queries_of(client, "/graphs/") == one


def test_operators_are_told_what_has_no_effect(
    operator_client: Client, editor_client: Client, tmp_path: Path, settings: Any
) -> None:
    config = tmp_path / "langgraph.json"
    config.write_text('{"graphs": {"a": "./gone.py:graph"}, "encryption": {"path": "x"}}')
    settings.GRAPHS_CONFIG = str(config)

    assert "Not supported, and passed over: encryption." in operator_client.get("/graphs/").text
    assert "encryption" not in editor_client.get("/graphs/").text
