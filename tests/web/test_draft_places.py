"""Where a draft is met: home, the list, the overview, a comparison, the chat, before a version is restored."""

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.domain.drafts import Written
from assistants_app.domain.json_values import Json
from assistants_app.models import Assistant, Draft, Person, Role
from assistants_app.services.authors import Author
from assistants_app.services.drafts import draft_of, keep_draft
from tests import make
from tests.people import SignIn, granted

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(editor_client: Client) -> Client:
    return editor_client


@pytest.fixture
def assistant(db: None) -> Assistant:
    """v1, and v2 which is live."""
    made = make.assistant(settings={"system_prompt": "First"})
    make.version(made, settings={"system_prompt": "Second"})
    made.refresh_from_db()
    return made


def drafted(assistant: Assistant, person: Person, prompt: str = "Third", typed: Json = None) -> Draft:
    written = Written(
        base=2,
        newest=2,
        name=assistant.name,
        description="",
        tags="",
        settings={"system_prompt": prompt},
        settings_schema=make.SCHEMA,
        typed=typed,
    )
    return keep_draft(author=Author.of(person), assistant=assistant, written=written, known=0)


HALF = {"as_json": True, "json": "{", "data": {}, "working": {}}


def page(client: Client, name: str, assistant: Assistant, *parts: object) -> str:
    answer = client.get(reverse(name, args=[assistant.assistant_id, *parts]))
    assert answer.status_code == 200
    return answer.text


def test_it_works(client: Client, assistant: Assistant, erin: Person) -> None:
    compared = reverse("assistant-compare", args=[assistant.assistant_id, "live", "draft"])
    assert compared not in client.get(reverse("home")).text
    drafted(assistant, erin)

    home = client.get(reverse("home")).text
    assert "Your drafts" in home
    assert compared in home
    assert "Your draft</a>" in client.get(reverse("assistants")).text
    overview = page(client, "assistant", assistant)
    assert "Changed System prompt" in overview or "System prompt" in overview
    assert compared in overview


def test_others_are_not_told(assistant: Assistant, erin: Person, ben: Person, sign_in: SignIn) -> None:
    drafted(assistant, erin)
    client = sign_in(ben)
    for text in (
        client.get(reverse("home")).text,
        client.get(reverse("assistants")).text,
        page(client, "assistant", assistant),
    ):
        assert "Your draft" not in text
    there = reverse("assistant-compare", args=[assistant.assistant_id, "live", "draft"])
    assert client.get(there).status_code == 404


def test_who_may_not_edit_any_more(assistant: Assistant, sign_in: SignIn) -> None:
    sam = granted(Role.EDITOR, username="sam")
    drafted(assistant, sam)
    sam.grants.update(role=Role.TESTER)
    client = sign_in(sam)

    assert "Your drafts" not in client.get(reverse("home")).text
    there = reverse("assistant-compare", args=[assistant.assistant_id, "live", "draft"])
    assert client.get(there).status_code == 403
    sam.grants.update(role=Role.EDITOR)
    assert "Your drafts" in sign_in(sam).get(reverse("home")).text


@pytest.mark.parametrize("ends", [("live", "draft"), ("draft", "live"), ("v1", "draft"), ("draft", "v2")])
def test_compared(client: Client, assistant: Assistant, erin: Person, ends: tuple[str, str]) -> None:
    drafted(assistant, erin)
    text = page(client, "assistant-compare", assistant, *ends)
    assert "1 of 4 settings changed" in text
    assert '<option value="draft" selected>' in text
    assert "Third" in page(client, "assistant-compare-text", assistant, *ends)


def test_picked_to_be_compared(client: Client, assistant: Assistant, erin: Person) -> None:
    drafted(assistant, erin)
    there = reverse("assistant-compare-pick", args=[assistant.assistant_id])
    answer = client.get(there, {"left": "1", "right": "draft"})
    assert answer["Location"] == reverse("assistant-compare", args=[assistant.assistant_id, "v1", "draft"])


def restore(client: Client, assistant: Assistant, **data: str) -> str:
    answer = client.post(reverse("assistant-restore", args=[assistant.assistant_id, 1]), data, follow=True)
    return answer.text


def test_restoring_asks(client: Client, assistant: Assistant, erin: Person) -> None:
    drafted(assistant, erin)
    assert "Restore v1: what about your draft?" in restore(client, assistant)
    assert Assistant.history.newest_number(assistant) == 2


def test_restoring_keeps_the_draft_as_a_version(client: Client, assistant: Assistant, erin: Person) -> None:
    drafted(assistant, erin)
    make.version(assistant, settings={"system_prompt": "Ben's"}, base=2)  # saved since the draft was begun
    said = restore(client, assistant, draft="keep")

    assert "Your draft is kept as v4." in said
    kept, live = Assistant.history.numbered(assistant, 4), Assistant.history.numbered(assistant, 5)
    assert (kept.context, kept.base) == ({"system_prompt": "Third"}, 2)
    assert (live.context, live.restored_from) == ({"system_prompt": "First"}, 1)
    assistant.refresh_from_db()
    assert (assistant.version, Draft.objects.exists()) == (5, False)


def test_restoring_discards_the_draft(client: Client, assistant: Assistant, erin: Person) -> None:
    drafted(assistant, erin)
    restore(client, assistant, draft="discard")
    assert Assistant.history.newest_number(assistant) == 3
    assert draft_of(author=Author.of(erin), assistant=assistant) is None


def test_half_a_draft_is_no_version(client: Client, assistant: Assistant, erin: Person) -> None:
    drafted(assistant, erin, typed=HALF)
    said = restore(client, assistant, draft="keep")
    assert "The draft holds something that cannot be saved yet." in said
    assert Assistant.history.newest_number(assistant) == 2
    assert draft_of(author=Author.of(erin), assistant=assistant) is not None


def test_the_chat_offers_it(client: Client, assistant: Assistant, erin: Person) -> None:
    there = reverse("assistant-chat", args=[assistant.assistant_id])
    assert 'value="draft"' not in client.get(there).text
    drafted(assistant, erin)
    assert (
        'value="draft" data-kind="warning" data-label="Draft" selected' in client.get(there, {"version": "draft"}).text
    )
    assert 'value="draft" data-kind="warning" data-label="Draft">' in client.get(there).text


def take(client: Client, assistant: Assistant, number: int, key: str, back: str = "") -> str:
    there = reverse("assistant-take", args=[assistant.assistant_id, number])
    answer = client.post(there, {"key": key, "back": back})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_a_value_of_another_version_is_taken(client: Client, assistant: Assistant, erin: Person) -> None:
    compared = reverse("assistant-compare", args=[assistant.assistant_id, "v1", "v2"])
    assert "Take v1’s value into my draft" in client.get(compared).text

    assert take(client, assistant, 1, "system_prompt", back=compared) == compared
    draft = draft_of(author=Author.of(erin), assistant=assistant)
    assert draft is not None
    assert (draft.context, draft.base) == ({"system_prompt": "First"}, 2)
    assert "Your draft has the value of v1." in client.get(compared).text


@pytest.mark.parametrize(
    ("what", "taken"), [("name", "First name"), ("description", "First words"), ("tags", "first, one")]
)
def test_what_stands_about_the_settings_is_taken(client: Client, erin: Person, what: str, taken: str) -> None:
    first = {"name": "First name", "description": "First words", "metadata": {"tags": ["first", "one"], "by": "a"}}
    assistant = make.assistant(settings={"system_prompt": "First"}, graph_id="gone", **first)
    second = {"name": "Second name", "description": "Second words", "metadata": {"tags": ["second"], "by": "b"}}
    make.version(assistant, settings={"system_prompt": "First"}, **second)
    text = client.get(reverse("assistant-compare", args=[assistant.assistant_id, "v1", "v2"])).text
    assert text.count("Take v1’s value into my draft") == 3  # of other metadata a draft holds nothing
    assert f'name="what" value="{what}"' in text

    client.post(reverse("assistant-take", args=[assistant.assistant_id, 1]), {"what": what})
    draft = Draft.objects.get()
    held = {"name": draft.name, "description": draft.description, "tags": draft.tags}
    assert held == {"name": "Second name", "description": "Second words", "tags": "second"} | {what: taken}
    assert draft.context == {"system_prompt": "First"}


def test_a_value_is_taken_out(client: Client, assistant: Assistant, erin: Person) -> None:
    """Where the other version leaves a setting to the graph, so does the draft. As is saved again, it is none."""
    make.version(assistant, settings={"system_prompt": "Second", "model": "b"}, base=2)
    take(client, assistant, 2, "model")
    assert Draft.objects.get().context == {"system_prompt": "Second"}
    assert take(client, assistant, 3, "model") == reverse("assistant-edit", args=[assistant.assistant_id])
    assert not Draft.objects.exists()


def test_what_was_typed_for_it_gives_way(client: Client, assistant: Assistant, erin: Person) -> None:
    data = {"/system_prompt": ["Half"], "/temperature": ["warm"], "/temperature#state": ["value"]}
    letters = {"as_json": False, "json": "", "data": data, "working": {"system_prompt": "Second"}}
    Assistant.objects.update(graph_id="gone")  # its schema is then that of the draft
    drafted(assistant, erin, typed=letters)
    take(client, assistant, 1, "system_prompt")

    form = client.get(reverse("assistant-edit", args=[assistant.assistant_id])).context["form"]
    shown = {field.spec.key: field.text for field in form.fields}
    assert (shown["system_prompt"], shown["temperature"]) == ("First", "warm")


def test_nothing_is_taken_into_half_a_json_text(client: Client, assistant: Assistant, erin: Person) -> None:
    drafted(assistant, erin, typed=HALF)
    take(client, assistant, 1, "system_prompt")
    assert Draft.objects.get().context == {"system_prompt": "Third"}
    assert "cannot be saved yet" in client.get(reverse("assistants")).text


def test_back_leads_nowhere_else(client: Client, assistant: Assistant, erin: Person) -> None:
    there = take(client, assistant, 1, "system_prompt", back="https://elsewhere.example/")
    assert there == reverse("assistant-edit", args=[assistant.assistant_id])


def test_who_may_not_edit_is_not_asked(assistant: Assistant, sign_in: SignIn) -> None:
    client = sign_in(granted(Role.TESTER, username="tom"))
    assert "into my draft" not in page(client, "assistant-compare", assistant, "v1", "v2")
    there = reverse("assistant-take", args=[assistant.assistant_id, 1])
    assert client.post(there, {"key": "system_prompt"}).status_code == 403
