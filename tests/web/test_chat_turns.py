"""What a turn shows besides texts: tools, failures, inputs without messages, files, unsaved settings."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assistants_app.engine import Engine
from assistants_app.models import Person, Run
from tests import make
from tests.web.chatting import Chat

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 16


@pytest.fixture
def chat(serving: Engine, erin: Person) -> Chat:
    return Chat.with_graph(erin, "echo")


def test_it_works(serving: Engine, erin: Person) -> None:
    """A tool call is a card with its arguments and its result, folded when it is long; script in it stays text."""
    chat = Chat.with_graph(erin, "uses_tool").send("Look it up")
    assert '<strong class="toolcall__name">look_up</strong>' in chat.html
    assert "toolcall--done" in chat.html
    assert "Show all" in chat.html
    assert "&lt;script&gt;alert(7)&lt;/script&gt;" in chat.html
    assert "<script>alert" not in chat.html
    assert "<strong>Found</strong> it." in chat.html
    assert "unseen" not in chat.page, "do-not-render-"
    assert "1 tool call" in chat.html


def test_which_version_answered_and_how_long_it_took(chat: Chat) -> None:
    chat.send("Hi")
    assert "<span>v1</span>" in chat.html
    assert re.search(r"<span>[\d.]+ m?s</span>", chat.html)


def test_an_error_in_the_graph_is_shown_and_can_be_tried_again(serving: Engine, erin: Person) -> None:
    chat = Chat.with_graph(erin, "flaky").send("Go")
    assert "the line was &lt;b&gt;cut&lt;/b&gt;" in chat.html
    assert "Try again" in chat.html
    chat.post("retry")
    assert "Now it works." in chat.html
    assert "cut" not in chat.page
    assert len(chat.keys) == 1, "the message is not sent twice"


def test_after_an_error_one_may_simply_go_on(serving: Engine, erin: Person) -> None:
    chat = Chat.with_graph(erin, "failing").send("One").send("Two")
    assert len(chat.keys) == 2
    assert chat.page.count("the graph fell over") == 1


def test_settings_that_the_graph_refuses_are_named(serving: Engine, erin: Person) -> None:
    chat = Chat.with_graph(erin, "strict", temperature=9).send("Hi")
    assert "The graph refuses these settings" in chat.html
    assert "temperature" in chat.html


def test_a_graph_that_cannot_be_loaded_is_said_so(serving: Engine, erin: Person) -> None:
    client_chat = Chat.with_graph(erin, "writer")
    type(client_chat.assistant).objects.filter(pk=client_chat.assistant.pk).update(graph_id="broken")
    assert "The graph could not be loaded" in client_chat.page
    client_chat.send("Hi")
    assert (client_chat.status, "not available" in client_chat.html) == (422, True)
    assert not Run.objects.exists()


def test_a_graph_that_is_gone_leaves_its_threads_readable(chat: Chat) -> None:
    chat.send("Hi")
    type(chat.assistant).objects.filter(pk=chat.assistant.pk).update(graph_id="gone")
    Run.objects.update(graph_id="gone")
    assert "Graph gone" in chat.page
    assert chat.texts == ["Hi", "You said: Hi"]


def test_a_graph_without_messages_has_a_form_of_its_input(serving: Engine, erin: Person) -> None:
    chat = Chat.with_graph(erin, "adder")
    assert 'name="input:/left"' in chat.page
    chat.post("send", {"input:/left": "many"})
    assert chat.status == 422
    chat.post("send", {"input:/left": "2", "input:/right": "3", "input:/right#state": "value"})
    assert '"total": 5' in chat.html.replace("&quot;", '"')
    assert "<dt>total</dt><dd>5</dd>" in chat.html
    assert chat.thread.title == "left: 2, right: 3"
    chat.post("send", {"input:/left": "40", "input:/right": "2", "input:/right#state": "value"})
    assert "<dt>total</dt><dd>42</dd>" in chat.html


def test_pictures_and_pdf_files_go_with_a_message(chat: Chat) -> None:
    picture = SimpleUploadedFile("a.png", PNG, content_type="image/png")
    offer = SimpleUploadedFile("offer.pdf", b"%PDF-1.7 ...", content_type="application/pdf")
    chat.send("What is this?", files=[picture, offer])
    assert "data:image/png;base64," in chat.html
    assert "offer.pdf" in chat.html
    kinds = [block["type"] for block in chat.run.input["messages"][0]["content"]]
    assert kinds == ["text", "image", "file"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.svg", b"<svg onload='alert(1)'/>", "neither a picture"),
        ("a.png", b"<script>", "neither a picture"),
        ("big.png", PNG + b"0" * (5 * 1024 * 1024), "larger than 5 MB"),
    ],
)
def test_other_files_are_refused(chat: Chat, name: str, content: bytes, said: str) -> None:
    chat.send("Look", files=[SimpleUploadedFile(name, content, content_type="image/png")])
    assert (chat.status, said in chat.html) == (422, True)
    assert not Run.objects.exists()


def edit_form(chat: Chat, **changed: str) -> dict[str, str]:
    """What the page beside sends along: the names of its form."""
    form = {"base": "1", "expected_version": "1", "tab": "form", "name": "Echo", "description": ""}
    return {**form, "/prefix": "You said:", "/prefix#state": "value", "under_test": "unsaved", "beside": "1", **changed}


def test_unsaved_settings_are_used_and_not_saved(chat: Chat) -> None:
    chat.send("Hi", **edit_form(chat, **{"/prefix": "Not saved:"}))
    assert "Not saved: Hi" in chat.html
    assert "Draft of v1" in chat.html
    assert (chat.run.version, chat.run.options["draft_of"]) == (None, 1)
    chat.assistant.refresh_from_db()
    assert chat.assistant.context == {}


def test_unsaved_settings_that_are_not_valid_are_refused_with_their_fields(chat: Chat) -> None:
    chat.send("Hi", **edit_form(chat, **{"/delay": "-1", "/delay#state": "value"}))
    assert chat.status == 422
    assert 'href="#/delay"' in chat.html
    assert not Run.objects.exists()


def test_links_to_a_version(chat: Chat) -> None:
    make.version(chat.assistant, settings={"prefix": "Two:"}, note="Shorter")
    chat.assistant.refresh_from_db()
    address = reverse("assistant-chat", args=[chat.assistant.assistant_id])
    html = chat.client.get(f"{address}?version=1").content.decode()
    assert '<option value="1" data-kind="info" data-label="v1" selected>' in html
    assert '<option value="live"' in html
