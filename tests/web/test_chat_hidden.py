"""Testing with a hidden setting: the graph gets its value, and who may not see it sends no other."""

import pytest

from assistants_app.domain.sealed import Sealed
from assistants_app.engine.service import Engine
from assistants_app.models import Person, Role
from assistants_app.services.authors import SYSTEM
from assistants_app.services.locks import set_lock
from tests.people import PASSWORD, granted
from tests.web.chatting import Chat

pytestmark = pytest.mark.django_db(transaction=True)

FORM = {"under_test": "unsaved", "base": "1", "name": "x", "description": "", "tab": "json"}


@pytest.fixture
def chat(serving: Engine) -> Chat:
    found = Chat.with_graph(granted(Role.EDITOR, username="sam", password=PASSWORD), "echo")
    found.assistant.context = {"prefix": "True prefix:"}
    found.assistant.save()
    set_lock(graph_id="echo", pointer="/prefix", role=Role.PUBLISHER, author=SYSTEM, hidden=True)
    return found


@pytest.mark.parametrize("form", [{}, {**FORM, "json": "{}"}, {**FORM, "json": '{"prefix": "•••••••• /prefix"}'}])
def test_it_works(chat: Chat, form: dict[str, str]) -> None:
    chat.send("Hi", **form)
    assert "True prefix: Hi" in chat.html
    assert isinstance(chat.run.context["prefix"], Sealed)


def test_another_value_is_not_run(chat: Chat) -> None:
    for sent in ("Mine:", "True prefix:"):
        chat.send("Hi", **{**FORM, "json": f'{{"prefix": "{sent}"}}'})
        assert (chat.status, "This is hidden from you" in chat.html) == (422, True)


def test_who_may_see_it_tests_another(chat: Chat) -> None:
    person = Person.objects.get(username="sam")
    person.grants.update(role=Role.PUBLISHER)
    chat.send("Hi", **{**FORM, "json": '{"prefix": "Mine:"}'})
    assert "Mine: Hi" in chat.html
    assert isinstance(chat.run.context["prefix"], Sealed)
