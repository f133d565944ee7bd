"""Testing one's draft in the chat: its settings are used, nothing is saved, the run tells what it was."""

import pytest

from assistants_app.domain.drafts import Written
from assistants_app.domain.json_values import Json
from assistants_app.engine.service import Engine
from assistants_app.models import Person
from assistants_app.services.authors import Author
from assistants_app.services.drafts import keep_draft
from tests.web.chatting import Chat

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def chat(serving: Engine, erin: Person) -> Chat:
    return Chat.with_graph(erin, "echo")


def drafted(chat: Chat, typed: Json = None) -> None:
    written = Written(base=1, newest=1, name="Echo", description="", settings={"prefix": "Not saved:"}, typed=typed)
    keep_draft(
        author=Author.of(Person.objects.get(username="erin")), assistant=chat.assistant, written=written, known=0
    )


def test_it_works(chat: Chat) -> None:
    drafted(chat)
    chat.send("Hi", under_test="draft")
    assert "Not saved: Hi" in chat.html
    assert "Draft of v1" in chat.html
    assert (chat.run.version, chat.run.options["draft_of"]) == (None, 1)


def test_half_a_draft_is_not_run(chat: Chat) -> None:
    drafted(chat, typed={"as_json": True, "json": "{", "data": {}, "working": {}})
    chat.send("Hi", under_test="draft")
    assert (chat.status, "The draft holds something that cannot be saved yet." in chat.html) == (422, True)


def test_no_draft_is_not_run(chat: Chat) -> None:
    chat.send("Hi", under_test="draft")
    assert (chat.status, "You have no draft of this assistant." in chat.html) == (422, True)
