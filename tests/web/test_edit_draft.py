"""What somebody types is kept as a draft, opened again as it was, and goes with the save."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from assistants_app.models import Assistant, Draft, Person
from assistants_app.services.drafts import typed_opened
from tests import make
from tests.people import SignIn
from tests.web.posting import Data, page_data, typed

pytestmark = pytest.mark.django_db

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "prompt": {"type": "string", "title": "Prompt"},
        "count": {"type": "integer", "title": "Count"},
        "mood": {"enum": ["calm", "glad", "wild", "odd", "sad"], "title": "Mood"},
        "api_key": {"type": "string", "format": "password", "title": "Key"},
    },
}


@pytest.fixture
def client(editor_client: Client) -> Client:
    return editor_client


@pytest.fixture
def assistant(db: None) -> Assistant:
    return make.assistant(settings={"prompt": "Before"}, settings_schema=SCHEMA, graph_id="gone")


def address(assistant: Assistant) -> str:
    return reverse("assistant-edit", args=[assistant.assistant_id])


def keep(client: Client, assistant: Assistant, data: Data, known: int = 0) -> HttpResponse:
    """As the script sends it while somebody types."""
    headers = {"HX-Request": "true", "HX-Trigger": "draft-keeper"}
    sent = data | {"do": "keep", "draft": str(known)}
    answer: HttpResponse = client.post(address(assistant), sent, headers=headers)
    return answer


def form(client: Client, assistant: Assistant, **query: str) -> Any:
    return client.get(address(assistant), query).context


def shown(client: Client, assistant: Assistant, key: str) -> Any:
    fields = {field.spec.key: field for field in form(client, assistant)["form"].fields}
    return fields[key]


def test_it_works(client: Client, assistant: Assistant) -> None:
    data = page_data(assistant, SCHEMA)
    answer = keep(client, assistant, typed(data, prompt="Half a sen") | {"note": "Why"})
    assert 'name="draft" value="1"' in answer.text
    assert "Draft kept" in answer.text
    keep(client, assistant, typed(data, prompt="Half a sentence") | {"note": "Why"}, known=1)

    opened = form(client, assistant)
    assert (opened["typed"].note, shown(client, assistant, "prompt").text) == ("Why", "Half a sentence")
    assert "This is your draft, made from v1." in client.get(address(assistant)).text
    assert Assistant.history.newest_number(assistant) == 1


def test_it_goes_with_the_save(client: Client, assistant: Assistant) -> None:
    data = typed(page_data(assistant, SCHEMA), prompt="New")
    keep(client, assistant, data)

    client.post(address(assistant), data | {"draft": "1"})
    assert Assistant.history.numbered(assistant, 2).context == {"prompt": "New"}
    assert not Draft.objects.exists()


def test_what_comes_late_makes_no_draft_of_what_was_saved(client: Client, assistant: Assistant) -> None:
    data = typed(page_data(assistant, SCHEMA), prompt="New")
    client.post(address(assistant), data)

    assert 'data-kept="nothing"' in keep(client, assistant, data).text
    assert not Draft.objects.exists()


def test_what_comes_late_is_told(client: Client, assistant: Assistant) -> None:
    """Half of what was saved meanwhile: it is not kept, unless somebody says so."""
    data = page_data(assistant, SCHEMA)
    client.post(address(assistant), typed(data, prompt="Whole"))

    half = typed(data, prompt="Wh")
    assert "Your draft was changed in another window or on another device" in keep(client, assistant, half).text
    assert not Draft.objects.exists()
    client.post(address(assistant), half | {"do": "keep-over", "draft": "0"})
    assert Draft.objects.get().context == {"prompt": "Wh"}


def test_a_save_overtakes_what_its_page_sent_to_be_kept(client: Client, assistant: Assistant) -> None:
    page = {"page": form(client, assistant)["page"]}
    data = page_data(assistant, SCHEMA) | page
    keep(client, assistant, typed(data, prompt="Wh"))
    client.post(address(assistant), typed(data, prompt="Whole") | {"draft": "0"})
    assert not Draft.objects.exists()


def test_a_save_leaves_what_another_window_kept(client: Client, assistant: Assistant) -> None:
    data = page_data(assistant, SCHEMA)
    keep(client, assistant, typed(data, prompt="Telephone") | {"page": "telephone"})
    client.post(address(assistant), typed(data, prompt="Laptop") | {"page": "laptop", "draft": "0"})
    assert Assistant.history.numbered(assistant, 2).context == {"prompt": "Laptop"}
    assert shown(client, assistant, "prompt").text == "Telephone"


def test_typed_back_to_what_is_saved(client: Client, assistant: Assistant) -> None:
    data = page_data(assistant, SCHEMA)
    keep(client, assistant, typed(data, prompt="New"))

    assert 'data-kept="nothing"' in keep(client, assistant, data, known=1).text
    assert not Draft.objects.exists()


def test_what_cannot_be_saved_is_kept_to_the_letter(client: Client, assistant: Assistant) -> None:
    keep(client, assistant, typed(page_data(assistant, SCHEMA), prompt="New", count="1,5") | {"name": ""})

    opened = form(client, assistant)
    assert opened["typed"].name == ""
    assert (shown(client, assistant, "count").text, shown(client, assistant, "prompt").text) == ("1,5", "New")
    assert not opened["view"].problems  # nobody asked to save


def test_half_a_json_text(client: Client, assistant: Assistant) -> None:
    half = '{"prompt": "New", "count":'
    keep(client, assistant, page_data(assistant, SCHEMA) | {"tab": "json", "json": half})

    opened = form(client, assistant)["typed"]
    assert (opened.as_json, opened.json_text) == (True, half)


def test_a_save_that_is_refused_is_kept(client: Client, assistant: Assistant) -> None:
    data = typed(page_data(assistant, SCHEMA), count="many")
    assert client.post(address(assistant), data).status_code == 422
    assert shown(client, assistant, "count").text == "many"


def test_without_the_script(client: Client, assistant: Assistant) -> None:
    page = client.post(address(assistant), typed(page_data(assistant, SCHEMA), prompt="New") | {"do": "keep"})
    assert page.status_code == 200
    assert "Draft kept" in page.text
    assert "Keep draft</button></noscript>" in page.text


def test_whether_it_goes_live_is_kept(client: Client, assistant: Assistant) -> None:
    data = typed(page_data(assistant, SCHEMA), prompt="New")
    del data["live"]
    keep(client, assistant, data)
    assert form(client, assistant)["typed"].live is False


def test_another_window_is_not_written_over(client: Client, assistant: Assistant) -> None:
    data = page_data(assistant, SCHEMA)
    keep(client, assistant, typed(data, prompt="Laptop"))
    keep(client, assistant, typed(data, prompt="Telephone"), known=1)

    late = typed(data, prompt="Laptop again")
    answer = keep(client, assistant, late, known=1)
    assert "Your draft was changed in another window or on another device" in answer.text
    assert 'name="draft" value="1"' in answer.text
    assert shown(client, assistant, "prompt").text == "Telephone"

    client.post(address(assistant), late | {"do": "keep-over", "draft": "1"})
    assert shown(client, assistant, "prompt").text == "Laptop again"


def test_discarded_and_brought_back(client: Client, assistant: Assistant) -> None:
    data = typed(page_data(assistant, SCHEMA), prompt="New")
    keep(client, assistant, data)

    page = client.post(address(assistant), data | {"do": "discard", "draft": "1"}, follow=True)
    assert "You discarded your draft" in page.text
    assert shown(client, assistant, "prompt").text == "Before"
    client.post(address(assistant), page_data(assistant, SCHEMA) | {"do": "bring-back"})
    assert shown(client, assistant, "prompt").text == "New"


def test_nothing_to_bring_back(client: Client, assistant: Assistant) -> None:
    page = client.post(address(assistant), page_data(assistant, SCHEMA) | {"do": "bring-back"})
    assert (page.status_code, "You have no draft of this assistant." in page.text) == (422, True)


def test_a_conflict_keeps_what_was_typed(client: Client, assistant: Assistant, ben: Person) -> None:
    data = typed(page_data(assistant, SCHEMA), prompt="Erin's")
    make.version(assistant, person=ben, settings={"prompt": "Ben's"})

    assert client.post(address(assistant), data).status_code == 409
    page = client.get(address(assistant))
    assert shown(client, assistant, "prompt").text == "Erin's"
    assert "v2 was saved by Ben Brown meanwhile. When you save, you choose what each setting becomes." in page.text


def test_a_secret_is_not_shown_again(client: Client, assistant: Assistant) -> None:
    for count in ("1", "one"):  # once as settings, once to the letter
        Draft.objects.all().delete()
        data = typed(page_data(assistant, SCHEMA), count=count) | {"/api_key": "sk-canary", "/api_key#state": "value"}
        keep(client, assistant, data)
        page = client.get(address(assistant)).text
        draft = Draft.objects.get()
        assert "sk-canary" not in page
        assert "sk-canary" not in str([draft.context, draft.typed])
        letters = typed_opened(draft)
        kept = letters["data"]["/api_key"] if letters else [make.opened(draft.context)["api_key"]]
        assert kept == ["sk-canary"]


def test_the_graph_changed_meanwhile(client: Client, assistant: Assistant) -> None:
    """All its settings are others now. What could be read is kept, what could not is told."""
    keep(client, assistant, typed(page_data(assistant, SCHEMA), prompt="New", count="many", mood="1"))
    Assistant.objects.update(graph_id="writer")

    page = client.get(address(assistant))
    assert [(one.label, one.text) for one in page.context["lost"]] == [("Count", "many")]
    assert "The graph’s settings changed since you typed this" in page.text
    assert page.context["form"].other == {"prompt": "New", "mood": "glad"}
    writer = page.context["sheet"].desk.schema
    data = page_data(assistant, writer) | {"working": page.context["working"], "draft": "1"}
    client.post(address(assistant), data)
    assert Assistant.history.numbered(assistant, 2).context == {"prompt": "New", "mood": "glad"}


def test_the_graph_is_gone(client: Client, assistant: Assistant) -> None:
    keep(client, assistant, typed(page_data(assistant, SCHEMA), prompt="New"))
    page = client.get(address(assistant))
    assert "is not installed any more" in page.text
    assert shown(client, assistant, "prompt").text == "New"


def test_nobody_sees_that_of_another(client: Client, assistant: Assistant, ben: Person, sign_in: SignIn) -> None:
    keep(client, assistant, typed(page_data(assistant, SCHEMA), prompt="Erin's"))
    assert "Erin's" not in sign_in(ben).get(address(assistant)).text


def test_it_outlives_the_session(client: Client, assistant: Assistant, erin: Person, sign_in: SignIn) -> None:
    keep(client, assistant, typed(page_data(assistant, SCHEMA), prompt="New"))
    client.post(reverse("sign-out"))
    assert shown(sign_in(erin), assistant, "prompt").text == "New"
