"""While somebody edits: who else does, what was saved meanwhile; and when each setting was changed last."""

import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.domain.drafts import Written
from assistants_app.models import Assistant, Person, Role
from assistants_app.services.authors import Author
from assistants_app.services.drafts import keep_draft
from assistants_app.services.last_changes import last_changes
from assistants_app.services.patches import Patch, patch_assistant
from assistants_app.web.sign_in.presence import POLL, SEEN
from tests import make
from tests.people import granted
from tests.web.posting import page_data

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(editor_client: Client) -> Client:
    return editor_client


@pytest.fixture
def assistant(db: None) -> Assistant:
    return make.assistant(settings={"system_prompt": "Before"}, graph_id="gone")


def told(client: Client, assistant: Assistant, **query: str) -> Any:
    return client.get(reverse("assistant-edit-others", args=[assistant.assistant_id]), {"known": "1", **query})


def edits(person: Person, assistant: Assistant) -> None:
    written = Written(base=1, newest=1, name="Blog writer", description="", settings={"system_prompt": "Mine"})
    keep_draft(author=Author.of(person), assistant=assistant, written=written, known=0)


def test_it_works(client: Client, assistant: Assistant, ben: Person) -> None:
    first = told(client, assistant)
    assert "is editing this assistant too" not in first.text
    edits(ben, assistant)

    second = told(client, assistant, told=first.context["others"].told)
    assert "Ben Brown is editing this assistant too." in second.text
    assert "Mine" not in second.text
    assert told(client, assistant, told=second.context["others"].told).status_code == 204
    page = client.get(reverse("assistant-edit", args=[assistant.assistant_id])).text
    assert "Ben Brown is editing this assistant too." in page


def test_oneself_is_nobody_else(client: Client, assistant: Assistant, erin: Person) -> None:
    edits(erin, assistant)
    assert "is editing this assistant too" not in told(client, assistant).text


def test_a_program_counts_as_somebody_else(client: Client, assistant: Assistant) -> None:
    program = Author(person=None, label="API key nightly", role=Role.PUBLISHER)
    patch_assistant(assistant=assistant, patch=Patch(settings={"system_prompt": "Its"}), author=program)
    text = told(client, assistant).text
    assert "v2 was saved by API key nightly meanwhile." in text
    assert reverse("assistant-compare", args=[assistant.assistant_id, "v1", "v2"]) in text


def test_when_each_setting_was_changed_last(client: Client, assistant: Assistant, ben: Person) -> None:
    make.version(assistant, person=ben, settings={"system_prompt": "Before", "model": "b"})
    make.version(assistant, settings={"system_prompt": "After", "model": "b"})

    found = {key: (last.number, last.author) for key, last in last_changes(assistant, 3).items()}
    assert found == {"model": (2, "Ben Brown"), "system_prompt": (3, "System")}
    assert last_changes(assistant, 1) == {}
    page = client.get(reverse("assistant-edit", args=[assistant.assistant_id])).text
    assert "Last changed in v2 by Ben Brown" in page


def test_another_line_of_versions_does_not_count(assistant: Assistant) -> None:
    make.version(assistant, settings={"system_prompt": "Before", "model": "b"})
    make.version(assistant, settings={"system_prompt": "Third"}, base=1)
    assert set(last_changes(assistant, 3)) == {"system_prompt"}


def test_a_long_history_is_read_in_few_queries(assistant: Assistant, django_assert_num_queries: Any) -> None:
    for n in range(60):
        make.version(assistant, settings={"system_prompt": f"{n}"})
    with django_assert_num_queries(2):
        assert set(last_changes(assistant, 61)) == {"system_prompt"}
    with django_assert_num_queries(0):
        last_changes(assistant, 61)


@pytest.mark.parametrize("others", [1, 20])
def test_it_costs_the_same_however_many_there_are(
    client: Client, assistant: Assistant, django_assert_max_num_queries: Any, others: int
) -> None:
    for n in range(others):
        edits(granted(Role.EDITOR, username=f"person{n}"), assistant)
        make.version(assistant)
    told(client, assistant)
    with django_assert_max_num_queries(7):
        assert len(told(client, assistant).context["others"].people) == others


def test_asking_by_the_clock_is_no_activity(client: Client, assistant: Assistant) -> None:
    """Else a page that is left open would keep its session for ever."""
    text = client.get(reverse("assistant-edit", args=[assistant.assistant_id])).text.partition('id="edit-others"')[2]
    assert POLL in text.partition(">")[0]
    session = client.session
    session[SEEN] = long_ago = int(time.time()) - 3600
    session.save()

    told_by_clock = client.get(reverse("assistant-edit-others", args=[assistant.assistant_id]), headers={POLL: "1"})
    assert told_by_clock.status_code == 200
    assert client.session[SEEN] == long_ago
    told(client, assistant)
    assert client.session[SEEN] > long_ago


def test_a_button_inside_a_setting_keeps_its_line(client: Client, assistant: Assistant, ben: Person) -> None:
    make.version(assistant, person=ben, settings={"tags": ["a", "b"]})
    assistant.refresh_from_db()
    data = page_data(assistant, make.SCHEMA) | {"#action": "add:/tags"}
    where = reverse("assistant-edit", args=[assistant.assistant_id])
    part = client.post(where, data, headers={"HX-Request": "true"}).text
    assert part.count('class="form-row"') == 1
    assert "Last changed in v2 by Ben Brown" in part
