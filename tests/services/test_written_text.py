"""Characters that nobody sees, or that turn what is read, are in no name, tag or note; in a message, and no 500."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assistants_app.domain.cases.errors import InvalidCase
from assistants_app.domain.errors import InvalidName, InvalidText
from assistants_app.domain.people_errors import InvalidGrant, InvalidKey, InvalidPerson
from assistants_app.domain.tags import tags_fault
from assistants_app.domain.written_text import name_fault, prose_fault
from assistants_app.models import Assistant, Person, Role, Run
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.cases import CaseContent
from assistants_app.services.grants import Scope
from assistants_app.services.keys import create_key
from assistants_app.services.people import add_person
from assistants_app.services.ratings import rate_run
from assistants_app.services.threads import create_thread, rename_thread
from assistants_app.services.versions import save_version
from tests import make

pytestmark = pytest.mark.django_db

UNSEEN = ["\0", "\x07", "\x1b", "\x7f", "\x85", "\u202a", "\u202e", "\u2066", "\u2069", "\ud800"]


@pytest.mark.parametrize("mark", UNSEEN, ids=[f"U+{ord(mark):04X}" for mark in UNSEEN])
def test_it_works(mark: str, erin: Person) -> None:
    bad = f"Plan{mark}ner"
    assistant = make.assistant(person=erin)
    with pytest.raises(InvalidName):
        make.assistant(person=erin, name=bad)
    with pytest.raises(InvalidText):
        save_version(
            assistant_id=assistant.assistant_id,
            settings=None,
            author=Author.of(erin),
            base=1,
            expected_version=1,
            note=bad,
        )
    with pytest.raises(InvalidKey):
        create_key(name=bad, role=Role.VIEWER, created_by=None, author=SYSTEM)
    with pytest.raises(InvalidPerson):
        add_person(username="new", full_name=bad, author=SYSTEM)
    with pytest.raises(InvalidGrant):
        Scope.named("tag", bad)
    assert tags_fault(bad)
    with pytest.raises(InvalidText):
        make.assistant(person=erin, metadata={"tags": ["fine", bad]})
    with pytest.raises(InvalidText):
        rename_thread(thread_id=create_thread(assistant=assistant, owner=erin).thread_id, title=bad)
    with pytest.raises(InvalidText):
        rate_run(run_id=ended().run_id, person=erin, value=1, note=bad)
    with pytest.raises(InvalidCase):
        CaseContent.of(name=bad, input={}, checks=[])
    with pytest.raises(InvalidPerson):
        add_person(username="new", email=f"new@exam{mark}ple.org", author=SYSTEM)


def test_in_words() -> None:
    assert name_fault("ab\u202ecd") == "the text holds a control character, which nobody would see (U+202E)"


@pytest.mark.parametrize("text", ["a\nb", "a\tb", "a\r\nb"])
def test_a_name_is_one_line_and_a_text_many(text: str) -> None:
    assert name_fault(text)
    assert prose_fault(text) is None


@pytest.mark.parametrize("name", ["Café ☕", "می\u200cخواهم", "שלום\u200f", "👩\u200d💻", "O’Neill", "東京"])
def test_what_belongs_to_writing_stays(name: str) -> None:
    assert name_fault(name) is None


@pytest.mark.parametrize("text", ["a\nb", "a\tb"])
def test_a_note_of_several_lines(text: str, erin: Person) -> None:
    assert rate_run(run_id=ended().run_id, person=erin, value=1, note=text).note == text


def ended() -> Run:
    run = make.run("hi")
    Run.objects.filter(pk=run.pk).update(status=Run.Status.SUCCESS, finished_at=timezone.now())
    return run


@pytest.mark.parametrize("mark", UNSEEN, ids=[f"U+{ord(mark):04X}" for mark in UNSEEN])
@pytest.mark.parametrize("where", ["name", "tag"])
def test_the_api(mark: str, where: str) -> None:
    _key, secret = create_key(name="Job", role=Role.PUBLISHER, created_by=None, author=SYSTEM)
    bad = f"Plan{mark}ner"
    given = {"name": bad} if where == "name" else {"name": "Planner", "metadata": {"tags": [bad]}}
    body = json.dumps({"graph_id": "writer", **given})
    answer = Client().post(
        "/api/assistants", body, content_type="application/json", headers={"x-api-key": secret, "host": "localhost"}
    )
    assert answer.status_code in (400, 422), answer.text
    assert not Assistant.objects.filter(name__startswith="Plan").exists()


def test_the_page(editor_client: Client, erin: Person) -> None:
    assistant = make.assistant(person=erin)
    answer = editor_client.post(f"/assistants/{assistant.assistant_id}/rename/", {"name": "Plan\u202ener"})
    assert answer.status_code in (200, 422)
    assert "U+202E" in answer.text


@pytest.mark.parametrize("field", ["first_name", "last_name", "email"])
def test_the_administration(operator_client: Client, erin: Person, field: str) -> None:
    address = reverse("admin:assistants_app_person_change", args=[erin.pk])
    sent = {"username": "erin", "first_name": "Erin", "last_name": "Editor", "email": "e@example.org"}
    answer = operator_client.post(address, sent | {field: "e@exam\u202eple.org"})
    assert answer.status_code == 200
    assert "U+202E" in answer.text
    assert Person.objects.get(pk=erin.pk).email == ""
    assert operator_client.post(address, sent).status_code == 302


def test_a_title_of_a_thread_on_its_page(editor_client: Client, erin: Person) -> None:
    assistant = make.assistant(person=erin)
    thread = create_thread(assistant=assistant, owner=erin, title="Before")
    address = f"/assistants/{assistant.assistant_id}/test/{thread.thread_id}/rename/"
    assert "U+202E" in editor_client.post(address, {"title": "Plan\u202ener"}, follow=True).text
    beside = editor_client.post(address, {"title": "Plan\u202ener", "beside": "1"}, headers={"hx-request": "true"})
    assert (beside.status_code, beside.headers["X-Chat"]) == (422, "1")
    assert "U+202E" in beside.text
    thread.refresh_from_db()
    assert thread.title == "Before"
