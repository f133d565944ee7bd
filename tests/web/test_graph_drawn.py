"""A graph drawn on its page, where an assistant is made and edited, and beside the chat; as a list, too."""

import re

import pytest
from django.test import Client

from assistants_app.graphs.catalog import catalog
from assistants_app.models import Person
from tests import make
from tests.web.chatting import schema_of

pytestmark = pytest.mark.django_db


def nodes(html: str) -> list[str]:
    return re.findall(r'data-node="([^"]*)"', html)


def test_it_works(editor_client: Client) -> None:
    page = editor_client.get("/graphs/uses_tool/").text
    assert nodes(page) == ["__start__", "use", "tools", "conclude", "__end__"]
    assert page.count('class="drawn__edge"') == 4
    assert "nodes 3, edges 4" in page
    assert "<code>use</code> → <code>tools</code>" in re.sub(r"\s+", " ", page)
    assert " style=" not in page


def test_conditional_edges_have_their_condition(editor_client: Client) -> None:
    page = editor_client.get("/graphs/branching/").text
    assert page.count("drawn__edge--maybe") == 3
    assert ">it is long<" in page.replace("<title>", "<")
    assert "<code>shorten</code> (it is long)" in page


def test_subgraphs_and_circles(editor_client: Client) -> None:
    page = editor_client.get("/graphs/branching/").text
    assert "child:think" in nodes(page)
    assert "child › think" in page
    assert "<code>check</code> → " in page


def test_where_an_assistant_is_made_and_edited(editor_client: Client, erin: Person) -> None:
    assistant = make.assistant(name="Echo", graph_id="echo", settings={}, settings_schema=schema_of("echo"))
    for path in (
        "/assistants/new/?graph=echo",
        f"/assistants/{assistant.assistant_id}/edit/",
        f"/assistants/{assistant.assistant_id}/test/",
    ):
        assert nodes(editor_client.get(path).text) == ["__start__", "echo", "__end__"], path
    assert "How it runs" in editor_client.get("/assistants/new/").text


def test_fields_name_the_nodes_that_they_feed(editor_client: Client) -> None:
    page = editor_client.get("/assistants/new/?graph=hinted").text
    assert re.search(r'data-key="tone"[^>]* data-nodes="write\|check"', page)
    assert re.search(r'data-key="free"(?![^>]*data-nodes)', page)


def test_a_graph_that_cannot_tell(editor_client: Client) -> None:
    """It runs all the same; its page names its steps as before."""
    entry = catalog().get("undrawable")
    assert (entry.available, entry.shape) == (True, None)
    page = editor_client.get("/graphs/undrawable/").text
    assert nodes(page) == []
    assert "How it runs" not in page
    assert ">work</span>" in page


def test_a_graph_that_is_not_there_any_more(editor_client: Client) -> None:
    assistant = make.assistant(graph_id="long-gone")
    page = editor_client.get(f"/assistants/{assistant.assistant_id}/test/")
    assert page.status_code == 200
    assert nodes(page.text) == []


def test_a_large_graph_is_bounded(editor_client: Client) -> None:
    page = editor_client.get("/graphs/hundred/").text
    assert len(nodes(page)) == 60
    assert "42 more nodes are not drawn" in page
    assert "<code>n99</code>" in page
