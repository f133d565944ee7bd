"""Whatever is sent to the edit page: a message where it belongs, nothing lost, nothing saved, never a 500."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.models import Assistant
from assistants_app.services import contents
from tests import make
from tests.every_kind import SCHEMA, SETTINGS
from tests.web.posting import Data, fields_data, page_data, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(editor_client: Client) -> Client:
    editor_client.raise_request_exception = True
    return editor_client


@pytest.fixture
def assistant(db: None) -> Assistant:
    return make.assistant(graph_id="every", settings=SETTINGS, settings_schema=SCHEMA)


def address(assistant: Assistant) -> str:
    return reverse("assistant-edit", args=[assistant.assistant_id])


def newest(assistant: Assistant) -> int:
    return Assistant.history.newest_number(assistant)


def test_nul_is_refused_at_its_field(client: Client, assistant: Assistant) -> None:
    response = client.post(address(assistant), typed(page_data(assistant, SCHEMA), system_prompt="a\0b", greeting="ok"))
    page = response.content.decode()
    assert response.status_code == 422
    assert 'href="#/system_prompt"' in page
    assert "NUL" in page
    assert 'value="ok"' in page
    assert newest(assistant) == 1


@pytest.mark.parametrize("name", ["name", "description"])
def test_nul_in_what_is_not_a_setting(client: Client, assistant: Assistant, name: str) -> None:
    response = client.post(address(assistant), page_data(assistant, SCHEMA) | {name: "a\0b"})
    assert response.status_code == 422
    assert f'href="#{name}"'.encode() in response.content
    assert newest(assistant) == 1


def test_nul_in_the_note(client: Client, assistant: Assistant) -> None:
    response = client.post(address(assistant), typed(page_data(assistant, SCHEMA), greeting="x") | {"note": "a\0b"})
    assert response.status_code == 422
    assert b'href="#note"' in response.content


def test_bytes_that_are_no_text(client: Client, assistant: Assistant) -> None:
    body = b"base=1&expected_version=1&name=x&tab=form&do=save&/greeting%23state=value&/greeting=%ed%a0%80%ff"
    response = client.post(address(assistant), body, content_type="application/x-www-form-urlencoded")
    assert response.status_code in (302, 422)


def test_a_prompt_of_two_megabytes(client: Client, assistant: Assistant) -> None:
    prompt = "öß word " * 250_000
    response = client.post(address(assistant), typed(page_data(assistant, SCHEMA), system_prompt=prompt))
    assert response.status_code == 302
    assert Assistant.history.numbered(assistant, 2).context["system_prompt"] == prompt


def test_more_than_the_site_takes(client: Client, assistant: Assistant) -> None:
    data = typed(page_data(assistant, SCHEMA), system_prompt="x" * 9_000_000)
    response = client.post(address(assistant), data)
    assert response.status_code == 413
    assert b"still in your browser" in response.content
    assert newest(assistant) == 1


def test_more_fields_than_the_site_takes(client: Client, assistant: Assistant) -> None:
    data: Data = page_data(assistant, SCHEMA) | {f"/x{n}": "1" for n in range(20_100)}
    assert client.post(address(assistant), data).status_code == 413
    assert newest(assistant) == 1


@pytest.mark.parametrize("missing", [("base",), ("expected_version",), ("base", "expected_version")])
@pytest.mark.parametrize("forged", [None, "", "x", "-1", "9" * 40, "99", "1.0", "²"])
def test_without_its_versions_nothing_is_saved_or_lost(
    client: Client, assistant: Assistant, missing: tuple[str, ...], forged: str | None
) -> None:
    data = typed(page_data(assistant, SCHEMA), greeting="kept")
    for name in missing:
        if forged is None:
            del data[name]
        else:
            data[name] = forged
    response = client.post(address(assistant), data)
    assert response.status_code in (409, 422)
    assert 'value="kept"' in response.content.decode()
    assert newest(assistant) == 1


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"do": "save"},
        {"do": "tab:json"},
        {"do": "tab:nowhere"},
        {"do": "review"},
        {"tab": "json"},
        {"#action": "add:/stop_words"},
        {"theirs": "1", "pick:/greeting": "theirs", "do": "save"},
        {"working": "{not json", "do": "save"},
        {"working": "[]", "do": "tab:json"},
        {"working": '{"greeting": 5}', "do": "save"},
    ],
)
def test_half_a_form(client: Client, assistant: Assistant, data: dict[str, str]) -> None:
    for more in ({}, {"base": "1", "expected_version": "1", "name": "Blog writer"}):
        for headers in ({}, {"HX-Request": "true"}):
            response = client.post(address(assistant), data | more, headers=headers)
            assert response.status_code in (200, 204, 302, 422)


PATHS = ("/greeting", "/team", "/tool", "/labels", "/limit", "/channels", "/deadline", "")


@pytest.mark.parametrize(
    "mark", ["", "#state", "#items", "#branch", "#key", "#present", "#secret", "#offset", "#other"]
)
@pytest.mark.parametrize("value", ["", "99999999999999999999", "json"])
def test_forged_names(client: Client, assistant: Assistant, mark: str, value: str) -> None:
    forged: Any = {f"{path}{mark}": [value, value] for path in PATHS}
    data = page_data(assistant, SCHEMA) | forged | {"/../x": "1", "/team/99/name": "x", "//": "{", "#": "-1"}
    assert client.post(address(assistant), data).status_code in (302, 422)


@pytest.mark.parametrize(
    "schema", [None, True, False, [], "x", 5, {"type": "string"}, {"properties": 5}, {"$ref": "#"}]
)
def test_schemas_that_are_no_form(client: Client, schema: Any) -> None:
    assistant = make.assistant(graph_id="every", settings={"kept": [1, 1.0]}, settings_schema=schema)
    assert client.get(address(assistant)).status_code == 200
    response = client.post(address(assistant), page_data(assistant, schema))
    assert response.status_code == 302
    assert newest(assistant) == 1


def test_the_same_form_twice(client: Client, assistant: Assistant) -> None:
    data = typed(page_data(assistant, SCHEMA), greeting="once")
    first, second = (client.post(address(assistant), data) for _time in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    assert newest(assistant) == 2
    assert "This was saved already, as v2." in client.get(address(assistant)).content.decode()


def test_an_assistant_that_was_deleted(client: Client, assistant: Assistant) -> None:
    where = address(assistant)
    data = page_data(assistant, SCHEMA)
    assistant.delete()
    assert client.get(where).status_code == 404
    assert client.post(where, data).status_code == 404


def test_script_stays_text(client: Client) -> None:
    evil = "</textarea><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    schema = {"type": "object", "title": evil, "properties": {
        evil: {"type": "string", "title": evil, "description": evil, "default": evil, "langgraph_nodes": [evil, "b"]},
        "pick": {"enum": [evil, "b"], "title": evil},
    }}  # fmt: skip
    assistant = make.assistant(
        graph_id="every",
        name=evil[:100],
        description=evil,
        settings={evil: evil, "other": evil},
        settings_schema=schema,
    )
    pages = [client.get(address(assistant))]
    pages += [
        client.post(address(assistant), page_data(assistant, schema) | {"do": do}) for do in ("tab:json", "review")
    ]
    for page in pages:
        assert page.status_code == 200
        assert b"<script>alert" not in page.content
        assert b"<img src=x" not in page.content


@pytest.mark.parametrize(
    ("field", "limit"), [("note", contents.NOTE_LIMIT), ("description", contents.DESCRIPTION_LIMIT)]
)
def test_a_text_that_is_too_long_is_said_at_its_field(
    client: Client, assistant: Assistant, field: str, limit: int
) -> None:
    data = page_data(assistant, SCHEMA) | {field: "x" * (limit + 1)}
    said = f"Must have at most {limit} characters; it has {limit + 1}."

    new = {**fields_data({}, {}), "name": "N", "tab": "form", "do": "save", field: "x" * (limit + 1)}
    answers = [client.post(address(assistant), data), client.post("/assistants/new/?graph=writer", new)]

    for answer in answers:
        assert answer.status_code == 422
        assert f'href="#{field}">' in answer.text
        assert said in answer.text
    assert f'id="{field}-error"' in answers[0].text
    assert "x" * (limit + 1) in answers[0].text
    if field == "description":
        renamed = client.post(address(assistant).replace("edit", "rename"), {"name": "N", field: "x" * (limit + 1)})
        assert renamed.status_code == 422
        assert f'id="description-error">{said}' in renamed.text
