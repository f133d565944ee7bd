"""An assistant's versions: cut by number, found by note and author, compared by two columns."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assistants_app.models import Assistant, Person
from assistants_app.services.versions import restore_version
from tests import make
from tests.people import SignIn
from tests.web.queries import queries_of

pytestmark = pytest.mark.django_db


def address(assistant: Assistant, query: str = "") -> str:
    return f"/assistants/{assistant.assistant_id}/versions/{query}"


def numbers(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li class="version[^>]*id="v(\d+)"', page)]


def test_it_works(editor_client: Client, erin: Person) -> None:
    made = make.assistant(person=erin)
    make.version(made, person=erin, note="Shorter intro")
    restore_version(assistant_id=made.assistant_id, number=1, author=make.author_of(erin))
    make.version(made, person=erin, make_live=False)

    page = editor_client.get(address(made)).text

    assert numbers(page) == [4, 3, 2, 1]
    for said in ("Shorter intro", "Restored from v1", "Erin Editor", "Not live", "v4 to v1 of 4 versions"):
        assert said in page
    assert re.search(r'<time datetime="[^"]+" data-time="relative">\d+ \w+ \d+, [\d:]+ UTC</time>', page)


def test_one_version_has_nothing_to_compare(editor_client: Client) -> None:
    page = editor_client.get(address(make.assistant())).text

    assert 'type="radio"' not in page
    assert "Compare" not in page


def test_it_is_cut_by_number(editor_client: Client) -> None:
    made = make.assistant_with_versions(75)
    newest = [*range(75, 55, -1)]
    cases = {
        "": newest,
        "?before=46": [*range(45, 25, -1)],
        "?before=16": [*range(15, 0, -1)],
        "?after=0": [*range(20, 0, -1)],
        "?after=55": newest,
        "?before=1": [],
        "?after=75": [],
        "?before=999999999999999999999999": newest,
        "?before=-5": newest,
        "?before=x&after=²": newest,
    }

    assert {query: numbers(editor_client.get(address(made, query)).text) for query in cases} == cases


def test_walking_there_and_back(editor_client: Client) -> None:
    made = make.assistant_with_versions(70)
    page, seen = editor_client.get(address(made)).text, []
    seen += numbers(page)
    while older := re.search(r'name="before" value="(\d+)"', page):
        page = editor_client.get(address(made, f"?before={older.group(1)}")).text
        seen += numbers(page)

    assert seen == [*range(70, 0, -1)]
    assert 'name="before"' not in editor_client.get(address(made, "?after=0")).text, "nothing is older than the oldest"
    newer = re.search(r'name="after" value="([1-9]\d*)"', page)
    assert newer
    assert numbers(editor_client.get(address(made, f"?after={newer.group(1)}")).text) == [*range(30, 10, -1)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=intro", [2]),
        ("q=INTRO+shorter", [2]),
        ("q=v3", [3]),
        ("q=3", [3]),
        ("q=99999999999999999999999", []),
        ("q=%00", [4, 3, 2, 1]),
        ("noted=1", [2]),
        ("author=me", [3, 1]),
        ("author={ben}", [4, 2]),
        ("author=9999999999999999999999", []),
        ("author=%00", []),
        ("author={ben}&noted=1&q=intro", [2]),
    ],
)
def test_filters(editor_client: Client, erin: Person, ben: Person, query: str, found: list[int]) -> None:
    made = make.assistant(person=erin)
    make.version(made, person=ben, note="Shorter intro")
    make.version(made, person=erin)
    make.version(made, person=ben)

    page = editor_client.get(address(made, "?" + query.format(ben=ben.pk))).text

    assert numbers(page) == found
    assert ("No version matches" in page) == (not found)


def test_an_author_who_is_nobody_saved_nothing(editor_client: Client) -> None:
    """Not what the product itself saved, which has no person either."""
    assert numbers(editor_client.get(address(make.assistant(), "?author=x")).text) == []


def test_typing_swaps_the_rows_alone(editor_client: Client) -> None:
    made = make.assistant_with_versions(3)

    part = editor_client.get(address(made, "?q=v2&author="), headers={"HX-Request": "true"})

    assert numbers(part.text) == [2]
    assert "<html" not in part.text
    assert part.headers["HX-Replace-Url"] == address(made, "?q=v2")


def test_any_two_are_picked_without_a_script(editor_client: Client) -> None:
    made = make.assistant_with_versions(5)
    pick = f"/assistants/{made.assistant_id}/compare/"

    assert editor_client.get(pick, {"left": 1, "right": 4}).headers["Location"] == f"{pick}v1...v4/"
    for incomplete in ({}, {"left": "1"}, {"left": "x", "right": "2"}):
        answer = editor_client.get(pick, incomplete, follow=True)
        assert "Pick two versions to compare." in answer.text


def test_a_pick_of_another_page_is_kept(editor_client: Client) -> None:
    made = make.assistant_with_versions(33)

    page = editor_client.get(address(made, "?left=33&right=32&before=4")).text

    assert '<input type="hidden" name="left" value="33">' in page
    assert "v33 picked as left side" in page


def test_it_takes_the_same_queries_for_one_and_for_many(sign_in: SignIn, erin: Person) -> None:
    client = sign_in(erin)
    made = make.assistant(person=erin)
    one = queries_of(client, address(made))
    for _number in range(19):
        make.version(made, person=erin)

    assert queries_of(client, address(made)) == one
    for _number in range(60):
        make.version(made, person=erin)
    assert queries_of(client, address(made)) == one


def test_it_loads_no_settings_and_counts_no_rows(editor_client: Client) -> None:
    """What makes the ten-thousandth version as near as the first."""
    made = make.assistant_with_versions(3)

    with CaptureQueriesContext(connection) as queries:
        editor_client.get(address(made))

    rows = [query["sql"] for query in queries if "assistantversion" in query["sql"].lower()]
    assert rows
    assert not [sql for sql in rows if '"context"' in sql or "COUNT(" in sql or "OFFSET" in sql]


def test_markup_stays_text(editor_client: Client) -> None:
    made = make.assistant()
    make.version(made, note="<script>alert(1)</script>")

    assert "<script>alert" not in editor_client.get(address(made, "?q=%3Cscript%3E")).text
