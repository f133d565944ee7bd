"""The list of assistants: found, filtered and sorted by its address alone."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assistants_app.models import Assistant, Grant, Person, Role
from assistants_app.models.assistants import system_assistant_id
from assistants_app.services.assistants import delete_assistant
from assistants_app.services.authors import SYSTEM
from tests import make
from tests.people import SignIn, granted
from tests.web.queries import queries_of

pytestmark = pytest.mark.django_db


def names(page: str) -> list[str]:
    return re.findall(r'class="list-name__link"[^>]*>([^<]+)<', page)


def test_it_works(editor_client: Client, erin: Person) -> None:
    made = make.assistant(name="Blog writer", person=erin, description="For the blog.")
    make.version(made, person=erin, make_live=False)

    page = editor_client.get("/assistants/").text

    assert names(page) == ["Blog writer"]
    for said in ("For the blog.", "writer", ">v1<", "newest v2", "Erin Editor", "1 assistant"):
        assert said in page


def test_without_any_it_says_what_this_is(editor_client: Client) -> None:
    assert "No assistants yet" in editor_client.get("/assistants/").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=blog", ["Blog writer"]),
        ("q=WRITER+tweet", ["Tweet writer"]),
        ("q=short", ["Tweet writer"]),
        ("graph=approval", ["Helper"]),
        ("editor=Ben+Brown", ["Tweet writer"]),
        ("q=writer&editor=Erin+Editor&sort=name", ["Blog writer"]),
        ("sort=name", ["Blog writer", "Helper", "Tweet writer"]),
        ("sort=-name", ["Tweet writer", "Helper", "Blog writer"]),
        ("sort=graph", ["Helper", "Blog writer", "Tweet writer"]),
        ("sort=updated", ["Blog writer", "Tweet writer", "Helper"]),
        ("sort=nonsense&page=99", ["Helper", "Tweet writer", "Blog writer"]),
        ("q=nothing+like+it", []),
        ("q=%25", []),
        ("q=a%00b", []),
        ("graph=%00&editor=%00&page=%00", ["Helper", "Tweet writer", "Blog writer"]),
    ],
)
def test_the_address_says_what_is_shown(
    editor_client: Client, erin: Person, ben: Person, query: str, found: list[str]
) -> None:
    make.assistant(name="Blog writer", person=erin)
    make.assistant(name="Tweet writer", person=ben, description="Short.")
    make.assistant(name="Helper", person=erin, graph_id="approval")

    page = editor_client.get(f"/assistants/?{query}").text

    assert names(page) == found
    assert ("No assistant matches" in page) == (not found)


def test_the_last_editor_is_of_the_newest_version(editor_client: Client, erin: Person, ben: Person) -> None:
    made = make.assistant(person=erin)
    make.version(made, person=ben, make_live=False)

    assert names(editor_client.get("/assistants/?editor=Ben+Brown").text) == ["Blog writer"]
    assert names(editor_client.get("/assistants/?editor=Erin+Editor").text) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tag=blog", ["Ada", "Bea"]),
        ("tag=two+words%2C+%26+more", ["Bea"]),
        ("tag=blo", []),
        ("tag=Blog", []),
        ("tag=x%00", []),
        ("owner=erin", ["Ada", "Cyd"]),
        ("owner=ben", ["Bea"]),
        ("owner=~", ["writer"]),
        ("owner=stranger", []),
        ("status=waiting", ["Ada"]),
        ("status=current", ["Bea", "writer"]),
        ("status=unavailable", ["Cyd"]),
        ("status=system", ["writer"]),
        ("status=nonsense", ["Ada", "Bea", "Cyd", "writer"]),
        ("tag=blog&owner=erin&status=waiting&graph=writer", ["Ada"]),
        ("tag=blog&owner=ben&status=waiting", []),
    ],
)
def test_filters(editor_client: Client, erin: Person, ben: Person, query: str, found: list[str]) -> None:
    ada = make.assistant(name="Ada", person=erin, metadata={"tags": ["blog", "news"]})
    make.version(ada, person=erin, make_live=False)
    make.assistant(name="Bea", person=ben, metadata={"tags": ["two words, & more", "blog"]})
    make.assistant(name="Cyd", person=erin, graph_id="uninstalled", metadata={"tags": "blog"})
    make.assistant(name="writer", assistant_id=system_assistant_id("writer"))

    page = editor_client.get(f"/assistants/?sort=name&{query}").text

    assert names(page) == found
    assert ("No assistant matches" in page) == (not found)


def test_what_can_be_chosen(editor_client: Client, erin: Person, ben: Person) -> None:
    make.assistant(person=erin, metadata={"tags": ["zebra", "<b>"]})
    make.assistant(person=erin, metadata={"tags": ["Apple", "zebra", 1, None]})
    make.assistant(person=erin, metadata={"tags": {"no": "list"}, "team": "x"})

    page = editor_client.get("/assistants/?tag=typed&owner=ben&status=waiting").text

    assert re.findall("<option[^>]*>([^<]*)", page.partition('id="tag"')[2].partition("</select>")[0]) == [
        "Any tag", "&lt;b&gt;", "Apple", "typed", "zebra",
    ]  # fmt: skip
    for chosen in ('value="typed" selected>typed<', 'value="ben" selected', 'value="waiting" selected'):
        assert chosen in page


def test_tags_are_chips_that_lead_to_their_like(editor_client: Client, erin: Person) -> None:
    made = make.assistant(person=erin, metadata={"tags": ["a/b & c"]})
    chip = '<a class="chip" href="/assistants/?tag=a%2Fb%20%26%20c">a/b &amp; c</a>'

    assert chip in editor_client.get("/assistants/").text
    assert chip in editor_client.get(f"/assistants/{made.assistant_id}/").text
    assert chip in editor_client.get(f"/assistants/{made.assistant_id}/versions/1/").text
    assert names(editor_client.get("/assistants/?tag=a%2Fb%20%26%20c").text) == ["Blog writer"]


def test_typing_swaps_the_rows_alone(editor_client: Client) -> None:
    make.assistant(name="Blog writer")

    part = editor_client.get("/assistants/?q=blog&graph=&editor=&sort=", headers={"HX-Request": "true"})

    assert names(part.text) == ["Blog writer"]
    assert "<html" not in part.text
    assert part.headers["HX-Replace-Url"] == "/assistants/?q=blog"
    assert "HX-Request" in part.headers["Vary"]


def test_going_back_gets_the_whole_page(editor_client: Client) -> None:
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}

    assert "<html" in editor_client.get("/assistants/?q=blog", headers=headers).text


def test_pages_keep_the_filters(editor_client: Client) -> None:
    for number in range(30):
        make.assistant(name=f"Writer {number:02}")

    first = editor_client.get("/assistants/?q=writer&sort=name").text
    following = re.search(r'rel="next" href="\?([^"]+)"', first)

    assert following
    second = editor_client.get("/assistants/?" + following.group(1).replace("&amp;", "&")).text
    assert names(first) + names(second) == [f"Writer {number:02}" for number in range(30)]
    assert "Page 2 of 2" in second


@pytest.mark.parametrize(("page", "told"), [("99", 2), ("0", 2), ("-1", 2), ("x", 1), ("2", 2), ("9" * 40, 2)])
def test_a_page_that_is_not_there_of_what_is_filtered(editor_client: Client, page: str, told: int) -> None:
    """As of the whole list, which Django's paginator answers alone."""
    for number in range(30):
        make.assistant(name=f"Writer {number:02}")

    shown = editor_client.get(f"/assistants/?q=writer&sort=name&page={page}").text

    assert f"Page {told} of 2" in shown
    assert f"Page {told} of 2" in editor_client.get(f"/assistants/?sort=name&page={page}").text


def test_it_takes_the_same_queries_for_one_and_for_many(sign_in: SignIn, erin: Person) -> None:
    client = sign_in(erin)
    make.version(make.assistant(person=erin, metadata={"tags": ["a"]}), person=erin, make_live=False)
    addresses = ("/assistants/", "/assistants/?tag=a&owner=erin&status=waiting", "/assistants/?status=system")
    one = [queries_of(client, address) for address in addresses]
    for number in range(19):
        metadata = {"tags": ["a", f"tag {number}"]}
        made = make.assistant(person=erin, graph_id=f"graph-{number}", metadata=metadata)
        make.version(made, person=erin, make_live=False)

    assert [queries_of(client, address) for address in addresses] == one
    for number in range(180):
        make.assistant(name=f"More {number}", metadata={"tags": [f"more {number}"]})
    assert [queries_of(client, address) for address in addresses] == one


@pytest.mark.parametrize("for_all", [True, False])
def test_what_can_be_chosen_follows_every_change(sign_in: SignIn, for_all: bool) -> None:
    """Whoever sees all, and whose role is for one graph."""
    person = granted(Role.VIEWER if for_all else None, username="vic")
    Grant.objects.get_or_create(person=person, role=Role.VIEWER, graph_id="" if for_all else "writer")
    client = sign_in(person)

    def choices() -> list[str]:
        return sorted({"other", "writer", "first", "second", "hers"} & set(option_texts(client)))

    made = make.assistant(metadata={"tags": ["first"]})
    assert choices() == ["first", "writer"]
    make.version(made, metadata={"tags": ["second"]})
    assert choices() == ["second", "writer"]
    other = make.assistant(graph_id="other", settings={}, metadata={"tags": ["hers"]})
    assert choices() == (["hers", "other", "second", "writer"] if for_all else ["second", "writer"])
    delete_assistant(assistant_id=other.assistant_id, author=SYSTEM)
    assert choices() == ["second", "writer"]


def option_texts(client: Client) -> list[str]:
    return re.findall(r"<option[^>]*>([^<]+)</option>", client.get("/assistants/").text)


def test_a_page_further_on_shows_what_its_rows_say(editor_client: Client, erin: Person) -> None:
    for number in range(27):
        make.assistant(name=f"Writer {number:02}", person=erin)
    make.version(Assistant.objects.get(name="Writer 26"), person=erin, make_live=False)

    page = editor_client.get("/assistants/?sort=name&q=writer&page=2").text

    assert names(page) == ["Writer 25", "Writer 26"]
    assert page.count("newest v2") == 1
    assert "27 assistants" in page


def test_it_does_not_load_the_settings(editor_client: Client) -> None:
    make.assistant()

    with CaptureQueriesContext(connection) as queries:
        editor_client.get("/assistants/")

    assert not [query["sql"] for query in queries if '"context"' in query["sql"]]


def test_a_graph_that_is_gone_or_broken_is_marked(editor_client: Client) -> None:
    make.assistant(name="Stale", graph_id="uninstalled")
    make.assistant(name="Broken", graph_id="broken")

    page = editor_client.get("/assistants/").text

    assert page.count("Not available") == 2
    assert set(names(page)) == {"Stale", "Broken"}


def test_graph_defaults_are_marked(editor_client: Client) -> None:
    made = make.assistant(assistant_id=system_assistant_id("writer"))

    assert Assistant.objects.get(pk=made.pk).is_system
    assert "Graph defaults" in editor_client.get("/assistants/").text


def test_markup_stays_text(editor_client: Client) -> None:
    make.assistant(name="<script>alert(1)</script>", description="<img src=x onerror=alert(1)>")

    page = editor_client.get("/assistants/?q=%3Cscript%3E").text

    assert "<script>alert" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize("query", ["", "?editor=Erin+Editor", "?status=current", "?status=waiting"])
def test_the_history_is_not_looked_into(editor_client: Client, erin: Person, query: str) -> None:
    """Of ten thousand assistants it would be asked ten thousand times."""
    make.version(make.assistant(name="Ada", person=erin), person=erin, make_live=False)
    make.assistant(name="Bea", person=erin)

    with CaptureQueriesContext(connection) as queries:
        assert names(editor_client.get(f"/assistants/{query}").text)

    assert [one["sql"] for one in queries if "assistants_app_assistantversion" in one["sql"]] == []
