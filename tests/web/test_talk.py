"""By conversation: a sentence becomes a proposal beside the form; taking it is typing, and nothing is saved."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from pytest_django.fixtures import Settings

from assistants_app.engine.asking import chosen_models
from assistants_app.models import Assistant, AuditEntry, Draft, Person
from assistants_app.services.audit import Action
from assistants_app.services.proposals import MOST_A_MINUTE
from tests import make
from tests.web.browser_post import BrowserPost
from tests.web.posting import Data, page_data, typed

pytestmark = pytest.mark.django_db

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "prompt": {"type": "string", "title": "Prompt", "langgraph_type": "prompt"},
        "max_words": {"type": "integer", "title": "Longest", "minimum": 10, "maximum": 500, "default": 100},
        "tone": {"enum": ["neutral", "formal", "playful", "friendly", "odd"], "title": "Tone"},
        "temperature": {"type": "number", "title": "Temperature", "minimum": 0, "maximum": 1},
        "shape": {
            "type": "object",
            "title": "Shape",
            "properties": {"headings": {"type": "boolean"}, "lines": {"type": "integer"}},
        },
        "api_key": {"type": "string", "format": "password", "title": "Key"},
    },
}
SECRET = "sk-nobody-may-read-this"


@pytest.fixture(autouse=True)
def _model(settings: Settings) -> None:
    settings.PROPOSAL_MODEL = "demonstration"


@pytest.fixture
def client(editor_client: Client) -> Client:
    return editor_client


@pytest.fixture
def assistant(db: None) -> Assistant:
    settings = {"prompt": "Write.", "api_key": SECRET}
    return make.assistant(settings=settings, settings_schema=SCHEMA, graph_id="gone")


def edit_url(assistant: Assistant) -> str:
    return reverse("assistant-edit", args=[assistant.assistant_id])


def answers(monkeypatch: pytest.MonkeyPatch, settings: Settings, *replies: Any) -> list[str]:
    """A model that gives these replies, one after another; what it is told is in the list."""
    settings.PROPOSAL_MODEL = "fake:proposer"
    waiting, told = iter(replies), []

    class Fake(GenericFakeChatModel):
        async def ainvoke(self, given: Any, *args: Any, **more: Any) -> Any:
            told.append(given[1][1])
            return await super().ainvoke(given, *args, **more)

    def model(_name: str) -> Any:
        reply = next(waiting)
        if isinstance(reply, Exception):
            raise reply
        return Fake(messages=iter([AIMessage(reply if isinstance(reply, str) else json.dumps(reply))]))

    monkeypatch.setattr(chosen_models, "_model", model)
    return told


def propose(client: Client, assistant: Assistant, sentence: str, data: Data | None = None, **more: Any) -> HttpResponse:
    """Without the script: the whole page comes back."""
    sent = (data or page_data(assistant, SCHEMA)) | {"do": "propose", "sentence": sentence, **more}
    answer: HttpResponse = client.post(reverse("assistant-propose", args=[assistant.assistant_id]), sent)
    return answer


def propose_part(client: Client, assistant: Assistant, sentence: str, data: Data | None = None) -> HttpResponse:
    """With the script: this part of the page comes back."""
    sent = (data or page_data(assistant, SCHEMA)) | {"sentence": sentence}
    address = reverse("assistant-propose", args=[assistant.assistant_id])
    answer: HttpResponse = client.post(address, sent, headers={"HX-Request": "true"})
    return answer


def press(client: Client, assistant: Assistant, page: HttpResponse, do: str, **changed: str) -> HttpResponse:
    """A button of the page that came back, pressed by a browser."""
    data = BrowserPost(page.text).data | {"do": [do]} | {name: [value] for name, value in changed.items()}
    answer: HttpResponse = client.post(edit_url(assistant), data)
    return answer


def in_form(page: HttpResponse) -> dict[str, Any]:
    fields = page.context["form"].fields
    return {field.spec.key: field.text for field in fields if field.is_open}


def pending(page: HttpResponse) -> dict[str, Any]:
    return {one.pointer: one.value for one in page.context["talk"].pending.changes}


def test_it_works(client: Client, assistant: Assistant) -> None:
    page = propose(client, assistant, "Make it shorter and more formal")
    assert pending(page) == {"/max_words": 50, "/tone": "formal"}
    assert "Proposed: 2 changed settings" in page.text
    assert "Offline demonstration model" in page.text
    assert "Nothing is changed yet" in page.text
    assert not Draft.objects.exists()

    taken = press(client, assistant, page, "take:/tone")
    assert "Taken into your draft: Tone." in taken.text
    assert "Nothing is changed yet" not in taken.text
    assert pending(taken) == {"/max_words": 50}
    assert Draft.objects.get().context["tone"] == "formal"
    assert "max_words" not in Draft.objects.get().context
    assert Assistant.history.newest_number(assistant) == 1

    saved = press(client, assistant, taken, "save")
    assert saved.status_code == 302
    newest = Assistant.history.numbered(assistant, 2)
    assert (newest.context["tone"], newest.context["prompt"]) == ("formal", "Write.")
    assert "max_words" not in newest.context


def test_all_of_it_is_taken_or_none(client: Client, assistant: Assistant) -> None:
    page = propose(client, assistant, "Make it shorter and more formal")
    taken = press(client, assistant, page, "take")
    assert pending(taken) == {}
    assert {key: Draft.objects.get().context[key] for key in ("tone", "max_words")} == {
        "tone": "formal",
        "max_words": 50,
    }

    dropped = press(client, assistant, page, "drop", draft="1")
    assert pending(dropped) == {}
    assert "Proposed" not in dropped.text
    assert not Draft.objects.exists()


def test_for_htmx_this_part_alone_comes_back(client: Client, assistant: Assistant) -> None:
    answer = propose_part(client, assistant, "Set temperature to 0.2")
    assert answer.text.lstrip().startswith('<section id="talk"')
    assert "0.2" in answer.text
    assert not Draft.objects.exists()


def test_it_is_made_of_what_stands_in_the_form(client: Client, assistant: Assistant) -> None:
    data = typed(page_data(assistant, SCHEMA), prompt="Typed.", max_words="300", temperature="hot")
    page = propose(client, assistant, "Make it shorter", data)
    assert pending(page) == {"/max_words": 150}
    taken = press(client, assistant, page, "take")
    assert in_form(taken) | {"prompt": "Typed.", "max_words": "150", "temperature": "hot"} == in_form(taken)


def test_one_may_go_on(client: Client, assistant: Assistant) -> None:
    page = propose(client, assistant, "Make it shorter")
    data = BrowserPost(page.text).data
    again = propose(client, assistant, "shorter, and playful", data)
    assert pending(again) == {"/max_words": 25, "/tone": "playful"}
    assert again.context["talk"].pending.sentences == ("Make it shorter", "shorter, and playful")


def test_in_the_json_tab(client: Client, assistant: Assistant) -> None:
    data = page_data(assistant, SCHEMA) | {"tab": "json", "json": '{"prompt": "JSON", "tone": "odd"}'}
    taken = press(client, assistant, propose(client, assistant, "more formal", data), "take")
    assert json.loads(taken.context["typed"].json_text) == {"prompt": "JSON", "tone": "formal"}

    half = propose(client, assistant, "more formal", data | {"json": '{"prompt":'})
    assert "The JSON cannot be read as it is." in half.text
    assert half.context["typed"].json_text == '{"prompt":'
    assert half.context["talk"].sentence == "more formal"


def test_a_group_keeps_what_is_half_typed_in_it(
    client: Client, assistant: Assistant, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    answers(monkeypatch, settings, {"changes": [{"pointer": "/shape/headings", "value": True}]})
    make.version(assistant, settings={"shape": {"headings": False, "lines": 3}})
    data = page_data(assistant, SCHEMA) | {"/shape/lines": ["three"]}
    page = propose(client, assistant, "With headings", data)
    taken = press(client, assistant, page, "take")
    assert "Put right what you typed there first" in taken.text
    assert 'value="three"' in taken.text


def test_without_a_model_it_is_not_offered(client: Client, assistant: Assistant, settings: Settings) -> None:
    settings.PROPOSAL_MODEL = ""
    assert "Say what to change" not in client.get(edit_url(assistant)).text
    page = propose(client, assistant, "Make it shorter")
    assert "This site has no model that proposes settings" in page.text
    assert in_form(page)["prompt"] == "Write."


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        ("", "The model answered nothing."),
        ("Certainly! I would make it shorter.", "made no sense"),
        ('{"changes": "all"}', "made no sense"),
        ("{" * 5_000, "made no sense"),
        ("x" * 500_000, "too long"),
        (ValueError("sk-the-key-of-the-site"), "could not be asked (ValueError)"),
        (TimeoutError(), "did not answer within 60 seconds"),
        ({"say": "No idea.", "changes": []}, "Nothing would change by that."),
        ({"changes": [{"pointer": "/prompt", "value": "Write."}]}, "Nothing would change by that."),
        ({"changes": [1, None, {"pointer": 3}, {"pointer": "/tone"}]}, "4 changes that made no sense."),
        ({"changes": [{"pointer": "/max_words", "value": 9_999}]}, "Must be at most 500."),
        ({"changes": [{"pointer": "/max_words", "value": "many"}]}, "whole number"),
        ({"changes": [{"pointer": "/prompt", "value": "\0"}]}, "made no sense"),
        ({"changes": [{"pointer": "/prompt", "value": "x" * 200_000}]}, "too long"),
        ({"changes": [{"pointer": f"/shape/x{n}", "value": n} for n in range(90)]}, "More than 40 changes at once."),
        ({"changes": [{"pointer": "/prompt/deep/er", "value": 1}]}, "There is no such setting."),
        ({"changes": [{"pointer": "/" + "9" * 5_000, "value": 1}]}, "There is no such setting."),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_lost(
    client: Client, assistant: Assistant, monkeypatch: pytest.MonkeyPatch, settings: Settings, reply: Any, says: str
) -> None:
    answers(monkeypatch, settings, reply)
    data = typed(page_data(assistant, SCHEMA), tone="2")
    page = propose_part(client, assistant, "Be brief", data)
    assert page.status_code == 200
    assert says in page.text
    assert "sk-the-key" not in page.text
    assert page.context["talk"].sentence == "Be brief"
    assert pending(page) == {}


@pytest.mark.parametrize(("sentence", "says"), [("  ", "Say what to change"), ("x" * 1_001, "at most 1000 characters")])
def test_sentences_have_a_size(client: Client, assistant: Assistant, sentence: str, says: str) -> None:
    assert says in propose(client, assistant, sentence).text
    assert not AuditEntry.objects.filter(action=Action.PROPOSAL_ASKED).exists()


def test_it_is_recorded_and_limited(client: Client, assistant: Assistant, erin: Person) -> None:
    for _time in range(MOST_A_MINUTE):
        assert pending(propose_part(client, assistant, "My password is hunter2, make it shorter"))
    page = propose(client, assistant, "Make it shorter")
    assert "Wait a minute" in page.text
    assert page.context["talk"].sentence == "Make it shorter"

    entries = AuditEntry.objects.filter(action=Action.PROPOSAL_ASKED)
    assert entries.count() == MOST_A_MINUTE
    entry = entries.latest("id")
    assert (entry.who_id, entry.object_id) == (str(erin.pk), str(assistant.assistant_id))
    assert entry.after == {"model": "demonstration", "characters": 39}


@pytest.mark.parametrize(
    "proposal", ["", "{", "[]", '{"changes": 3}', '{"changes": [{"pointer": "/api_key", "value": "x"}]}']
)
def test_a_forged_proposal_does_no_more_than_typing(client: Client, assistant: Assistant, proposal: str) -> None:
    page = client.post(edit_url(assistant), page_data(assistant, SCHEMA) | {"do": "take", "proposal": proposal})
    assert page.status_code == 200
    assert not Draft.objects.exists()


def test_the_page_of_the_question_leads_to_the_form(client: Client, assistant: Assistant) -> None:
    answer = client.get(reverse("assistant-propose", args=[assistant.assistant_id]))
    assert answer.headers["Location"] == edit_url(assistant)
