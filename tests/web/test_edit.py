"""Editing an assistant: what is shown, what is saved, what is said."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assistants_app.domain.json_values import Settings, canonical
from assistants_app.models import Assistant, Person
from tests import make
from tests.every_kind import SCHEMA, SETTINGS
from tests.web.posting import page_data, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(editor_client: Client) -> Client:
    return editor_client


def address(assistant: Assistant) -> str:
    return reverse("assistant-edit", args=[assistant.assistant_id])


def every_kind(settings: Settings) -> Assistant:
    return make.assistant(graph_id="every", settings=settings, settings_schema=SCHEMA)


def newest(assistant: Assistant) -> int:
    return Assistant.history.newest_number(assistant)


def said(client: Client, assistant: Assistant) -> str:
    return client.get(address(assistant)).content.decode()


def test_it_works(client: Client, erin: Person) -> None:
    assistant = make.assistant()
    data = typed(page_data(assistant, make.SCHEMA), temperature="1.5") | {"note": "Warmer"}
    response = client.post(address(assistant), data)
    assert response.status_code == 302
    assert response["Location"] == address(assistant)
    version = Assistant.history.numbered(assistant, 2)
    assert version.context == {"system_prompt": "Write a blog post.", "temperature": 1.5}
    assert version.history_change_reason == "Warmer"
    assert version.author == "Erin Editor"
    assert "Saved as v2, live now." in said(client, assistant)


@pytest.mark.parametrize("settings", [SETTINGS, {}], ids=["every kind", "nothing set"])
def test_untouched_makes_no_version(client: Client, settings: Settings) -> None:
    assistant = every_kind(settings)
    client.post(address(assistant), page_data(assistant, SCHEMA))
    assert newest(assistant) == 1
    assert "Nothing changed since v1." in said(client, assistant)


def test_what_is_not_shown_stays(client: Client) -> None:
    assistant = every_kind(SETTINGS)
    client.post(address(assistant), typed(page_data(assistant, SCHEMA), max_words="7"))
    context = Assistant.history.numbered(assistant, 2).context
    assert canonical(make.opened(context)) == canonical({**SETTINGS, "max_words": 7})


def test_saved_without_becoming_live(client: Client) -> None:
    assistant = make.assistant()
    data = typed(page_data(assistant, make.SCHEMA), model="other")
    del data["live"]
    response = client.post(address(assistant), data)
    assert response["Location"] == f"{address(assistant)}?from=2"
    assistant.refresh_from_db()
    assert assistant.version == 1
    page = client.get(response["Location"]).content.decode()
    assert "Saved as v2. v1 stays live." in page
    assert "You are editing v2, which is not live; v1 is." in page


def test_a_newer_version_that_is_not_live_is_told(client: Client) -> None:
    assistant = make.assistant()
    make.version(assistant, make_live=False)
    page = client.get(address(assistant)).content.decode()
    assert "v2 is newer, and not live." in page
    assert f"{address(assistant)}?from=2" in page


def test_from_an_older_version(client: Client) -> None:
    assistant = make.assistant_with_versions(3)
    page = client.get(f"{address(assistant)}?from=1").content.decode()
    assert "You start from v1. The newest is v3." in page
    client.post(address(assistant), typed(page_data(assistant, make.SCHEMA, 1), model="other"))
    version = Assistant.history.numbered(assistant, 4)
    assert (version.base, version.context["system_prompt"]) == (1, "Write a blog post.")


def test_an_unchanged_version_becomes_live_if_so_wished(client: Client) -> None:
    assistant = make.assistant()
    make.version(assistant, make_live=False)
    client.post(address(assistant), page_data(assistant, make.SCHEMA, 2))
    assistant.refresh_from_db()
    assert (assistant.version, newest(assistant)) == (2, 2)
    assert "Nothing changed since v2, which is live now." in said(client, assistant)


def test_name_and_description(client: Client) -> None:
    assistant = make.assistant(description="\nFor blogs")
    client.post(address(assistant), page_data(assistant, make.SCHEMA) | {"name": "Better"})
    version = Assistant.history.numbered(assistant, 2)
    assert (version.name, version.description) == ("Better", "\nFor blogs")


def test_a_description_comes_back_as_browsers_send_it(client: Client) -> None:
    assistant = make.assistant(description="Two\nlines")
    client.post(address(assistant), page_data(assistant, make.SCHEMA) | {"description": "Two\r\nlines"})
    assert newest(assistant) == 1


def test_errors_stand_at_their_fields_and_on_top(client: Client) -> None:
    assistant = every_kind({})
    response = client.post(address(assistant), typed(page_data(assistant, SCHEMA), max_words="1,5", greeting="kept"))
    page = response.content.decode()
    assert response.status_code == 422
    assert 'class="error-summary"' in page
    assert 'href="#/max_words"' in page
    assert 'value="1,5"' in page
    assert 'value="kept"' in page
    assert 'id="/max_words-error"' in page
    assert newest(assistant) == 1


def test_an_error_in_a_folded_section_unfolds_it(client: Client) -> None:
    schema = {"type": "object", "properties": {"old": {"type": "string", "maxLength": 2, "deprecated": True}}}
    assistant = make.assistant(settings={}, settings_schema=schema, graph_id="every")
    folded = client.get(address(assistant)).content.decode()
    response = client.post(address(assistant), typed(page_data(assistant, schema), old="too long"))
    assert 'data-fold="Deprecated">' in folded
    assert 'data-fold="Deprecated" open>' in response.content.decode()


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_name_is_asked_for(client: Client, name: str) -> None:
    assistant = make.assistant()
    response = client.post(address(assistant), page_data(assistant, make.SCHEMA) | {"name": name})
    assert response.status_code == 422
    assert b'href="#name"' in response.content
    assert newest(assistant) == 1


def test_structural_buttons_keep_what_was_typed(client: Client) -> None:
    assistant = make.assistant(settings={"tags": ["a"]})
    data = typed(page_data(assistant, make.SCHEMA), model="typed") | {"#action": "add:/tags"}
    page = client.post(address(assistant), data).content.decode()
    assert 'value="typed"' in page
    assert 'name="/tags/1"' in page
    assert page.count("autofocus") == 1
    assert newest(assistant) == 1


def test_htmx_gets_the_one_setting(client: Client) -> None:
    assistant = make.assistant(settings={"tags": ["a"]})
    data = page_data(assistant, make.SCHEMA) | {"#action": "add:/tags"}
    page = client.post(address(assistant), data, headers={"HX-Request": "true"}).content.decode()
    assert page.startswith(("{#", '<div class="form-row"', "\n<div"))
    assert 'name="/tags/1"' in page
    assert "<html" not in page
    assert 'name="/model"' not in page


@pytest.mark.parametrize("action", ["", "add:/nothing", "up:/tags/99", "fly:/tags", "add", "remove:/tags/x", "null:"])
def test_forged_buttons_do_nothing(client: Client, action: str) -> None:
    assistant = make.assistant()
    for headers in ({}, {"HX-Request": "true"}):
        data = page_data(assistant, make.SCHEMA) | {"#action": action}
        assert client.post(address(assistant), data, headers=headers).status_code in (200, 204)
    assert newest(assistant) == 1


def test_secrets_are_never_in_the_page(client: Client) -> None:
    assistant = every_kind({**SETTINGS, "some_api_key": "sk-other-secret"})
    pages = [client.get(address(assistant))]
    data = page_data(assistant, SCHEMA)
    pages += [client.post(address(assistant), data | {"do": do}) for do in ("tab:json", "review", "stay")]
    for page in pages:
        assert page.status_code == 200
        assert b"sk-very-secret" not in page.content
        assert b"sk-other-secret" not in page.content


def test_review_compares_with_the_live_version(client: Client) -> None:
    assistant = make.assistant(settings={"model": "one"})
    response = client.post(address(assistant), typed(page_data(assistant, make.SCHEMA), model="two") | {"do": "review"})
    page = response.content.decode()
    assert "Your changes to the live v1" in page
    assert 'name="review_note" value="Changed Model"' in page
    assert newest(assistant) == 1


def test_review_shows_errors_instead(client: Client) -> None:
    assistant = make.assistant()
    data = typed(page_data(assistant, make.SCHEMA), temperature="warm") | {"do": "review"}
    response = client.post(address(assistant), data, headers={"HX-Request": "true"})
    assert response.status_code == 422
    assert response["HX-Retarget"] == "#editor"


def test_a_vanished_graph_can_still_be_edited(client: Client) -> None:
    assistant = every_kind({})
    page = client.get(address(assistant)).content.decode()
    assert "is not installed any more" in page
    client.post(address(assistant), typed(page_data(assistant, SCHEMA), max_words="3"))
    assert Assistant.history.numbered(assistant, 2).context == {"max_words": 3}


def test_a_changed_schema_is_told(client: Client) -> None:
    schema = {"type": "object", "properties": {"gone": {"type": "string", "title": "Gone with the wind"}}}
    assistant = make.assistant(settings={"gone": "value"}, settings_schema=schema)
    page = client.get(address(assistant)).content.decode()
    assert "settings have changed since v1 was saved" in page
    assert "Gone with the wind" in page
    assert "Other saved values" in page


def test_what_changed_is_named_as_in_the_form(client: Client) -> None:
    gone = {"type": "string", "x_oap_ui_config": {"type": "text", "label": "House style"}}
    schema = {"type": "object", "properties": {"style": gone, "old_key": {"type": "string"}, "temperature": {}}}
    assistant = make.assistant(settings={"style": "brief", "old_key": "x"}, settings_schema=schema)
    page = client.get(address(assistant)).content.decode()
    assert "“Other saved values”: House style, Old key</p>" in page.replace("&quot;", '"')
    assert "look whether the value still fits: Temperature</p>" in page


def test_a_graph_without_settings(client: Client) -> None:
    assistant = make.assistant(graph_id="approval", settings={"kept": 1}, settings_schema=None)
    page = client.get(address(assistant)).content.decode()
    assert "This graph has no settings." in page
    client.post(address(assistant), page_data(assistant, None) | {"tab": "json", "json": '{"kept": 2}'})
    assert Assistant.history.numbered(assistant, 2).context == {"kept": 2}


def test_names_are_never_localised(client: Client) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "number", "x_oap_ui_config": {"type": "slider", "min": 0.5, "max": 1000.5, "step": 0.5}}}}  # fmt: skip # noqa: E501
    assistant = make.assistant(settings={"n": 1000.5}, settings_schema=schema, graph_id="every")
    page = client.get(address(assistant), headers={"Accept-Language": "de"}).content.decode()
    assert 'value="1000.5"' in page
    assert 'max="1000.5"' in page


@pytest.mark.parametrize("wanted", ["99", "x", "0", "-1", "1" * 30])
def test_a_version_that_is_not_there(client: Client, wanted: str) -> None:
    assistant = make.assistant()
    assert client.get(address(assistant), {"from": wanted}).status_code in (200, 404)


def test_another_assistants_version_is_not_taken(client: Client) -> None:
    make.assistant_with_versions(5, name="Other")
    assistant = make.assistant()
    assert client.get(address(assistant), {"from": "5"}).status_code == 404


def test_queries_do_not_grow_with_the_history(client: Client) -> None:
    counts = []
    for length in (1, 20):
        assistant = make.assistant_with_versions(length)
        client.get(address(assistant))
        with CaptureQueriesContext(connection) as queries:
            client.get(address(assistant))
        counts.append(len(queries))
    assert counts[0] == counts[1]
