"""Locked settings on the form: to be read, switched off, with the reason; what is posted all the same is refused."""

import re

import pytest
from django.test import Client

from assistants_app.models import Assistant, Person, Role
from assistants_app.services.authors import SYSTEM
from assistants_app.services.locks import set_lock
from tests import make
from tests.people import SignIn, granted

pytestmark = pytest.mark.django_db

SCHEMA = {
    "type": "object",
    "properties": {"model": {"type": "string", "title": "Model"}, "tone": {"type": "string", "title": "Tone"}},
}
REASON = "Locked: changing it needs the role Publisher."


@pytest.fixture
def assistant() -> Assistant:
    made = make.assistant(settings={"model": "small", "tone": "dry"}, settings_schema=SCHEMA, graph_id="gone")
    set_lock(graph_id="gone", pointer="/model", role=Role.PUBLISHER, author=SYSTEM)
    return made


def _fieldset(page: str) -> str:
    found = re.search(r'<fieldset class="locked" disabled aria-describedby="([^"]+)">(.*?)</fieldset>', page, re.S)
    return found[2] if found and f'id="{found[1]}"' in found[2] else ""


def test_it_works(assistant: Assistant, sign_in: SignIn) -> None:
    page = sign_in(granted(Role.EDITOR, username="sam")).get(f"/assistants/{assistant.assistant_id}/edit/").text
    assert REASON in _fieldset(page)
    assert 'value="small"' in _fieldset(page)
    assert 'value="dry"' not in _fieldset(page)
    assert page.count('<fieldset class="locked"') == 1


@pytest.mark.parametrize("role", [Role.PUBLISHER, Role.OPERATOR])
def test_who_may_change_it_does(assistant: Assistant, sign_in: SignIn, olga: Person, role: Role) -> None:
    person = olga if role is Role.OPERATOR else granted(role, username="sam")
    page = sign_in(person).get(f"/assistants/{assistant.assistant_id}/edit/").text
    assert "fieldset class" not in page
    assert REASON not in page


def test_what_a_browser_sends_of_it_changes_the_rest_alone(assistant: Assistant, sign_in: SignIn) -> None:
    """A control that is switched off is not sent."""
    client = sign_in(granted(Role.EDITOR, username="sam"))
    answer = _save(client, assistant, tone="warm")
    assert answer == 302
    newest = Assistant.history.numbered(assistant, 2)
    assert newest.context == {"model": "small", "tone": "warm"}


def test_what_is_posted_all_the_same_is_refused(assistant: Assistant, sign_in: SignIn) -> None:
    assert _save(sign_in(granted(Role.EDITOR, username="sam")), assistant, model="large") == 422
    assert Assistant.history.newest_number(assistant) == 1


def test_one_that_an_old_version_has_otherwise_can_be_put_right(assistant: Assistant, sign_in: SignIn) -> None:
    make.version(assistant, settings={"model": "large", "tone": "dry"})
    page = sign_in(granted(Role.EDITOR, username="sam")).get(f"/assistants/{assistant.assistant_id}/edit/?from=1").text
    assert _fieldset(page) == ""
    assert "Locked for your role: Model." in page


def _save(client: Client, assistant: Assistant, **settings: str) -> int:
    about = {"name": assistant.name, "description": "", "base": "1", "expected_version": "1", "do": "save"}
    fields = {
        name: value for key, text in settings.items() for name, value in ((f"/{key}", text), (f"/{key}#state", "value"))
    }
    return client.post(f"/assistants/{assistant.assistant_id}/edit/", {**about, **fields}).status_code
