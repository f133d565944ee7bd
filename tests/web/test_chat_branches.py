"""Editing an earlier message and asking for another answer: each makes a branch, and one can step between them."""

import re

import pytest

from assistants_app.engine import Engine
from assistants_app.models import Person
from tests import make
from tests.web.chatting import Chat, texts_of


@pytest.fixture
def chat(serving: Engine, erin: Person) -> Chat:
    return Chat.with_graph(erin, "echo").send("One").send("Two")


def switches(html: str) -> list[str]:
    return re.findall(r'class="branches__place">([^<]*)<', html)


def step(html: str, way: str) -> str:
    found = re.search(rf'href="([^"]*)#[^"]*"[^>]*title="{way} branch"', html)
    assert found, html
    return found[1].replace("&amp;", "&")


def test_it_works(chat: Chat) -> None:
    first = chat.keys[0]
    chat.post("fork", {"turn": first, "message": "Uno"})
    assert f'data-replaces="{first}"' in chat.begun
    assert chat.texts == ["Uno", "You said: Uno"], "what followed stays in the other branch"
    assert switches(chat.page) == ["2/2"]
    before = chat.client.get(step(chat.page, "Previous")).content.decode()
    assert texts_of(before) == ["One", "You said: One", "Two", "You said: Two"]
    assert switches(before) == ["1/2"]
    assert texts_of(chat.client.get(step(before, "Next")).content.decode()) == ["Uno", "You said: Uno"]


def test_editing_the_last_message(chat: Chat) -> None:
    chat.post("fork", {"turn": chat.keys[1], "message": "Zwei"})
    assert chat.texts == ["One", "You said: One", "Zwei", "You said: Zwei"]
    chat.post("fork", {"turn": chat.keys[1], "message": "Deux"})
    assert chat.texts[2:] == ["Deux", "You said: Deux"]
    assert switches(chat.page) == ["3/3"]


def test_another_answer_to_the_same_message(chat: Chat) -> None:
    make.version(chat.assistant, settings={"prefix": "Again:"})
    key = chat.keys[1]
    chat.post("fork", {"turn": key})
    assert chat.texts == ["One", "You said: One", "Two", "Again: Two"]
    assert chat.keys[1] == key, "the message itself is the same"
    assert switches(chat.page) == ["2/2"]
    before = chat.client.get(step(chat.page, "Previous")).content.decode()
    assert texts_of(before)[-1] == "You said: Two"


def test_going_on_in_an_older_branch(chat: Chat) -> None:
    chat.post("fork", {"turn": chat.keys[0], "message": "Uno"})
    address = step(chat.page, "Previous")
    branch = address.rpartition("branch=")[2]
    chat.send("Three", branch=branch)
    assert chat.texts == ["One", "You said: One", "Two", "You said: Two", "Three", "You said: Three"]


def test_a_message_that_is_not_there_cannot_be_edited(chat: Chat) -> None:
    chat.post("fork", {"turn": "nobody", "message": "x"})
    assert chat.status == 404
    chat.post("fork", {"turn": chat.keys[0], "message": " "})
    assert chat.status == 422


def test_a_files_message_keeps_its_files_when_it_is_edited(serving: Engine, erin: Person) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    chat = Chat.with_graph(erin, "echo")
    picture = SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\n0000", content_type="image/png")
    chat.send("Look", files=[picture])
    assert "data:image/png;base64," in chat.page
    chat.post("fork", {"turn": chat.keys[0], "message": "Look again"})
    assert "data:image/png;base64," in chat.page
    assert chat.texts[0] == "Look again"
