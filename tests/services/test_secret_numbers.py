"""A number that its schema calls secret, such as a PIN: sealed as texts are, and still a number to its graph."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.models import Assistant
from assistants_app.services.secrets import given, spec_by
from tests import make
from tests.services.test_secrets import tables
from tests.web.posting import page_data

pytestmark = pytest.mark.django_db

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "pin": {"type": "integer", "writeOnly": True},
        "codes": {"type": "array", "items": {"type": "integer", "format": "password"}},
        "limit": {"type": "integer"},
        "on": {"type": "boolean"},
    },
}
PIN, CODE = 71839042, 55120938
SETTINGS: dict[str, Any] = {"pin": PIN, "codes": [CODE], "limit": 12, "on": True}


@pytest.fixture
def assistant() -> Assistant:
    return make.assistant(graph_id="gone", settings=SETTINGS, settings_schema=SCHEMA)


def saved(client: Client, assistant: Assistant, **changes: str) -> Assistant:
    address = reverse("assistant-edit", args=[assistant.assistant_id])
    client.post(address, page_data(assistant, SCHEMA) | {f"/pin{key}": value for key, value in changes.items()})
    return Assistant.history.of(assistant).first()


def test_it_works(editor_client: Client, assistant: Assistant) -> None:
    pages = [
        editor_client.get(reverse(name, args=[assistant.assistant_id])).content.decode()
        for name in ("assistant", "assistant-edit", "assistant-export")
    ]
    assert not [code for code in (PIN, CODE) for text in [*pages, tables()] if str(code) in text]
    assert given(Assistant.objects.get().context, spec_by(SCHEMA)) == SETTINGS


def test_untouched_means_unchanged(editor_client: Client, assistant: Assistant) -> None:
    assert saved(editor_client, assistant).number == 1


def test_another_number_replaces_it(editor_client: Client, assistant: Assistant) -> None:
    newest = saved(editor_client, assistant, **{"#secret": "replace", "": "4711"})
    assert newest.number == 2
    assert given(newest.context, spec_by(SCHEMA))["pin"] == 4711


def test_what_is_no_number_is_refused(editor_client: Client, assistant: Assistant) -> None:
    assert saved(editor_client, assistant, **{"#secret": "replace", "": "none"}).number == 1


def test_other_numbers_stay_as_they_are(assistant: Assistant) -> None:
    stored = Assistant.objects.get(pk=assistant.pk).context
    assert (stored["limit"], stored["on"]) == (12, True)
