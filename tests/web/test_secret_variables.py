"""A secret's field: a value, or the name of an environment variable, where the site lets settings read some."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from assistants_app.models import Assistant
from tests import make
from tests.services.test_secrets import SCHEMA, SETTINGS
from tests.web.posting import page_data

pytestmark = pytest.mark.django_db


@pytest.fixture
def assistant(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Assistant:
    settings.SECRET_VARIABLES = ["LLM_*"]
    monkeypatch.setenv("LLM_LICENSE", "lic-of-environment")
    return make.assistant(graph_id="gone", settings=SETTINGS, settings_schema=SCHEMA)


def address(assistant: Assistant) -> str:
    return reverse("assistant-edit", args=[assistant.assistant_id])


def saved(client: Client, assistant: Assistant, **changes: str) -> str:
    data = page_data(assistant, SCHEMA) | {f"/license{name}": value for name, value in changes.items()}
    return client.post(address(assistant), data).content.decode()


def newest(assistant: Assistant) -> Assistant:
    return Assistant.history.of(assistant).first()


def test_it_works(editor_client: Client, assistant: Assistant) -> None:
    page = editor_client.get(address(assistant)).content.decode()
    assert 'value="variable"' in page
    assert '<option value="LLM_LICENSE">' in page
    assert "lic-" not in page

    saved(editor_client, assistant, **{"#secret": "variable", "#variable": " LLM_LICENSE "})

    assert newest(assistant).context["license"] == "${env:LLM_LICENSE}"
    again = editor_client.get(address(assistant)).content.decode()
    assert 'value="LLM_LICENSE"' in again
    assert "lic-of" not in again
    shown = reverse("assistant-version", args=[assistant.assistant_id, 2])
    assert "LLM_LICENSE" in editor_client.get(shown).content.decode()


def test_untouched_means_unchanged(editor_client: Client, assistant: Assistant) -> None:
    saved(editor_client, assistant, **{"#secret": "variable", "#variable": "LLM_LICENSE"})
    editor_client.post(address(assistant), page_data(Assistant.objects.get(pk=assistant.pk), SCHEMA))
    assert newest(assistant).number == 2


@pytest.mark.parametrize("name", ["", "a b", "1A", "DATABASE_URL", "${env:X}", "<b>"])
def test_a_name_that_is_none_or_not_allowed(editor_client: Client, assistant: Assistant, name: str) -> None:
    page = saved(editor_client, assistant, **{"#secret": "variable", "#variable": name})
    assert "There is a problem" in page
    assert "<b>" not in page
    assert newest(assistant).number == 1


def test_where_none_may_be_read_none_is_offered(
    editor_client: Client, assistant: Assistant, settings: Settings
) -> None:
    settings.SECRET_VARIABLES = []
    assert 'value="variable"' not in editor_client.get(address(assistant)).content.decode()


def test_a_typed_secret_is_not_in_the_page_that_comes_back(editor_client: Client, assistant: Assistant) -> None:
    """Something else is wrong; the secret is carried along, and saved once that is put right."""
    typed = {"/license": "lic-typed", "/license#secret": "replace"}
    data = page_data(assistant, SCHEMA) | typed | {"name": ""}
    page = editor_client.post(address(assistant), data)
    assert page.status_code == 422
    html = page.content.decode()
    assert "lic-typed" not in html
    (carried,) = [part.split('"')[0] for part in html.split('name="/license#typed" value="')[1:]]
    editor_client.post(address(assistant), data | {"name": "N", "/license": "", "/license#typed": carried})
    assert make.opened(newest(assistant).context)["license"] == "lic-typed"
