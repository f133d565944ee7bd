"""Two versions side by side, as the server answers it."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from assistants_app.domain.json_values import Json
from assistants_app.models import Assistant, Person
from tests import make
from tests.web.queries import queries_of

pytestmark = pytest.mark.django_db


def pair_of(old: dict[str, Json], new: dict[str, Json], schema: dict[str, Any] | None = make.SCHEMA) -> Assistant:
    """An assistant whose v1 and v2 hold these settings."""
    made = make.assistant(settings=old, settings_schema=schema, note="The first")
    make.version(made, settings=new, settings_schema=schema, note="The second")
    return Assistant.objects.get(pk=made.pk)


def address(assistant: Assistant, pair: str = "v1...v2", query: str = "") -> str:
    return f"/assistants/{assistant.assistant_id}/compare/{pair}/{query}"


def words(html: str) -> str:
    """What a reader sees of a page, the parts of it apart."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def text_of(html: str) -> str:
    """The text of a page, as one would copy it."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def test_it_works(editor_client: Client, erin: Person) -> None:
    made = pair_of(
        {"system_prompt": "Write a post.\nBe kind.", "model": "small", "temperature": 0.5},
        {"system_prompt": "Write a post.\nBe very kind.", "model": "large", "tags": ["new"]},
    )

    page = editor_client.get(address(made)).text
    seen = words(page)

    assert "4 of 4 settings changed" in seen
    assert "+1 −1 lines" in seen
    assert '<ins class="diff-word">very </ins>' in page
    assert "− Before: small → + After: large" in seen
    assert "Graph default: 0.7" in seen
    assert "The first" in seen
    assert "The second" in seen
    assert 'id="/system_prompt"' in page
    assert 'href="#/system_prompt"' in page


@pytest.mark.parametrize("pair", ["v1...v2", "v2...v1", "v1...live", "live...v1", "live...live", "v2...v2"])
def test_any_two_ends(pair: str, editor_client: Client) -> None:
    made = pair_of({"model": "a"}, {"model": "b"})

    page = editor_client.get(address(made, pair))

    assert page.status_code == 200
    same = len({ref.replace("live", "v2") for ref in pair.split("...")}) == 1
    assert ("Both sides are the same version" in page.text) == same


@pytest.mark.parametrize(
    "pair",
    [
        "v1...v3",
        "v0...v1",
        "1...2",
        "v1...",
        "...v1",
        "v1..v2",
        "v01...v2",
        "v1...draft",
        "v99999999999...v1",
        "v1...<b>",
        "v-1...v1",
        "x...y",
    ],
)
def test_ends_that_are_not_there_are_said(pair: str, editor_client: Client) -> None:
    made = pair_of({}, {"model": "b"})

    answer = editor_client.get(address(made, pair))

    assert answer.status_code == 404
    assert "<b>" not in answer.text.replace("&lt;b&gt;", "")
    assert "<h1" in answer.text


def test_a_version_that_is_not_there_is_named(editor_client: Client) -> None:
    made = pair_of({}, {"model": "b"})

    assert "has no version 7." in editor_client.get(address(made, "v1...v7")).text
    assert "names no version" in editor_client.get(address(made, "v1...latest")).text


def test_another_assistants_version_cannot_be_reached(editor_client: Client) -> None:
    make.assistant_with_versions(5, name="Other")
    made = pair_of({}, {"model": "b"})

    assert editor_client.get(address(made, "v1...v4")).status_code == 404


def test_nothing_changed_is_a_state(editor_client: Client) -> None:
    made = pair_of({"model": "a"}, {"model": "b"})
    make.version(made, settings={"model": "a"})

    page = words(editor_client.get(address(made, "v1...v3")).text)

    assert "No differences" in page
    assert "v1 and v3 hold the same" in page


def test_every_kind_is_visibly_another(editor_client: Client) -> None:
    made = pair_of(
        {"a": "5", "b": None, "c": "x", "d": 1, "e": "", "f": [1, 2]},
        {"a": 5, "b": "y", "c": "", "e": None, "f": [2, 1], "g": True},
        {"properties": {"d": {"type": "integer", "default": 3}}},
    )

    seen = words(editor_client.get(address(made)).text)

    for said in (
        "A a Type changed",
        "5 text → + After: 5 number",
        "B b Filled in",
        "null (empty on purpose)",
        "Emptied",
        "empty text",
        "Back to graph default",
        "Graph default: 3",
        "Set to null",
        "moved from place 1 to 2",
        "G g Set",
    ):
        assert said in seen, said


def test_a_secret_is_nowhere_on_any_view(editor_client: Client) -> None:
    schema = {"properties": {"openai_api_key": {"type": "string"}, "tools": {"type": "array"}}}
    made = pair_of(
        {"openai_api_key": "sk-OLD", "tools": [{"name": "a", "password": "pw-OLD"}]},
        {"openai_api_key": "sk-NEW", "tools": [{"name": "a", "password": "pw-NEW", "on": True}]},
        schema,
    )

    for path in (
        address(made),
        address(made, query="?tab=raw"),
        address(made, query="text/"),
        address(made, "v1...v1"),
    ):
        page = editor_client.get(path).text
        assert not re.search(r"(sk|pw)-(OLD|NEW)", page)
    assert "Changed (hidden)" in editor_client.get(address(made)).text


HOSTILE = (
    "<script>alert(1)</script>\n</del><img src=x onerror=alert(2)>\n{{ 7|add:7 }}\n\u202eevil\u2066\u200b\U000e0041"
)


def test_hostile_text_stays_text(editor_client: Client) -> None:
    made = pair_of({"system_prompt": "a\nb", "<script>x</script>": 1}, {"system_prompt": HOSTILE, "t": HOSTILE[:25]})

    for query in ("", "?tab=raw", "?view=unified&space=all&wrap=off"):
        page = editor_client.get(address(made, query=query)).text
        assert "<script>alert" not in page
        assert "<script>x" not in page
        assert "<img" not in page.split("<main")[1]
        assert "{{ 7|add:7 }}" in text_of(page)
        assert not re.search("[\u202e\u2066\u200b\U000e0041]", page)
        assert "RLO" in page


def test_an_invisible_change_can_be_seen(editor_client: Client) -> None:
    made = pair_of(
        {"system_prompt": "one\ntwo\nthree", "model": "a b"},
        {"system_prompt": "one\r\ntwo \nthree", "model": "a\u00a0b"},
    )

    page = editor_client.get(address(made)).text

    for mark in ("CR", "·", "NBSP"):
        assert f'data-mark="{mark}"' in page
    assert page.count("Only white space or line ends differ.") == 2


class TestOptions:
    def test_unified(self, editor_client: Client) -> None:
        made = pair_of({"system_prompt": "a\nb"}, {"system_prompt": "a\nc"})

        assert "compare--unified" in editor_client.get(address(made, query="?view=unified")).text
        assert "compare--unified" not in editor_client.get(address(made)).text

    def test_white_space_ignored(self, editor_client: Client) -> None:
        made = pair_of({"system_prompt": "a b\nc\nd"}, {"system_prompt": "a  b\nc \nX"})

        ignoring = words(editor_client.get(address(made, query="?space=ignore")).text)

        assert "+1 −1 lines" in ignoring
        assert "+3 −3 lines" in words(editor_client.get(address(made)).text)

    @pytest.mark.parametrize("query", ["?space=nonsense", "?view=%00", "?tab=x&wrap=1", "?space=changes&space=all"])
    def test_nonsense_is_ignored(self, query: str, editor_client: Client) -> None:
        assert editor_client.get(address(pair_of({}, {"model": "b"}), query=query)).status_code == 200

    def test_raw_json(self, editor_client: Client) -> None:
        made = pair_of({"model": "a", "temperature": 1}, {"temperature": 1, "model": "b"})

        seen = text_of(editor_client.get(address(made, query="?tab=raw")).text)

        assert '"model": "a"' in seen
        assert '"model": "b"' in seen

    def test_links_keep_the_options(self, editor_client: Client) -> None:
        made = make.assistant_with_versions(4)

        page = editor_client.get(address(made, "v2...v3", "?view=unified")).text

        for pair in ("v3...v2", "v1...v2", "v3...v4"):
            assert f'href="{address(made, pair)}?view=unified"' in page


def test_the_ends_of_the_history_have_no_further_pair(editor_client: Client) -> None:
    made = make.assistant_with_versions(2)

    page = editor_client.get(address(made)).text

    assert 'rel="prev"' not in page
    assert 'rel="next"' not in page


def test_an_old_pair_can_still_be_picked(editor_client: Client) -> None:
    made = make.assistant_with_versions(110)

    page = editor_client.get(address(made, "v1...v3")).text

    assert '<option value="1" selected>' in page
    assert '<option value="3" selected>' in page
    assert '<option value="2"' not in page


def test_picking_leads_here(editor_client: Client) -> None:
    made = pair_of({}, {"model": "b"})

    answer = editor_client.get(f"/assistants/{made.assistant_id}/compare/?left=1&right=2")

    assert answer.headers["Location"] == address(made)


def test_as_text(editor_client: Client) -> None:
    made = pair_of(
        {"system_prompt": "a\nb\nc", "model": "x", "tags": ["one", "two"]},
        {"system_prompt": "a\nB\nc", "tags": ["two"]},
    )

    answer = editor_client.get(address(made, query="text/"))

    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "@@ System prompt (system_prompt): Edited\n  a\n- b\n+ B\n  c\n" in answer.text
    assert "@@ Model (model): Back to graph default\n- x\n+ Graph default: demo\n" in answer.text
    assert "- one" in answer.text


def test_as_text_says_values_that_are_no_texts(editor_client: Client) -> None:
    made = pair_of({"temperature": 0.2, "z": True}, {"temperature": 1, "z": None})

    answer = editor_client.get(address(made, query="text/"))

    assert "@@ Temperature (temperature): Edited\n- 0.2\n+ 1\n" in answer.text
    assert "- On\n+ null" in answer.text
    assert "entries" not in answer.text


def test_no_more_queries_for_many_settings_and_versions(editor_client: Client) -> None:
    few, many = pair_of({}, {"model": "b"}), make.assistant_with_versions(30)
    make.version(many, settings={f"setting-{n}": n for n in range(50)})

    assert queries_of(editor_client, address(few)) == queries_of(editor_client, address(many, "v3...v31"))
    assert (
        queries_of(editor_client, address(few)) <= 8
    )  # session, person, roles, assistant, the pair, the picker, a draft, what waits
