"""Two people edit the same version: both are shown, nothing typed is lost, each setting can be chosen."""

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.models import Assistant, Draft, Person
from tests import make
from tests.every_kind import SCHEMA
from tests.web.posting import Data, page_data, typed

pytestmark = pytest.mark.django_db

BEFORE = {"system_prompt": "Before", "model": "one", "temperature": 0.5}


@pytest.fixture
def client(editor_client: Client) -> Client:
    return editor_client


@pytest.fixture
def assistant(db: None) -> Assistant:
    return make.assistant(settings=BEFORE)


def address(assistant: Assistant) -> str:
    return reverse("assistant-edit", args=[assistant.assistant_id])


def late(assistant: Assistant, ben: Person) -> Data:
    """Erin's form, opened before Ben saved his version."""
    data = typed(page_data(assistant, make.SCHEMA), system_prompt="Erin's", temperature="0.6")
    make.version(assistant, person=ben, settings={"system_prompt": "Ben's", "model": "two", "temperature": 0.5})
    return data


def test_it_works(client: Client, assistant: Assistant, ben: Person) -> None:
    response = client.post(address(assistant), late(assistant, ben))
    page = response.content.decode()
    assert response.status_code == 409
    assert "Ben Brown saved v2 while you were editing" in page
    for words in ("Before, v1", "Theirs, v2 by Ben Brown", "Yours", "Before", "Ben&#x27;s", "Erin&#x27;s"):
        assert words in page
    assert Assistant.history.newest_number(assistant) == 2


def test_what_only_one_changed_is_decided(client: Client, assistant: Assistant, ben: Person) -> None:
    conflict = client.post(address(assistant), late(assistant, ben)).context["conflict"]
    chosen = {row.part.name: (conflict.side_of(row.part), row.part.both_changed) for row in conflict.rows}
    assert chosen == {
        "pick:/system_prompt": ("mine", True),
        "pick:/model": ("theirs", False),
        "pick:/temperature": ("mine", False),
    }


@pytest.mark.parametrize(("side", "prompt"), [("base", "Before"), ("theirs", "Ben's"), ("mine", "Erin's")])
def test_each_setting_is_chosen(client: Client, assistant: Assistant, ben: Person, side: str, prompt: str) -> None:
    data = late(assistant, ben)
    client.post(address(assistant), data)
    picks = {"theirs": "2", "pick:/system_prompt": side, "pick:/model": "theirs", "pick:/temperature": "mine"}
    response = client.post(address(assistant), data | picks)
    assert response.status_code == 302
    version = Assistant.history.numbered(assistant, 3)
    assert version.context == {"system_prompt": prompt, "model": "two", "temperature": 0.6}
    assert version.base == 2


def test_absent_is_a_choice(client: Client, ben: Person) -> None:
    assistant = make.assistant(settings={})
    data = typed(page_data(assistant, make.SCHEMA), model="mine")
    make.version(assistant, person=ben, settings={"model": "theirs", "temperature": 1})
    client.post(address(assistant), data)
    picks = {"theirs": "2", "pick:/model": "base", "pick:/temperature": "theirs"}
    client.post(address(assistant), data | picks)
    assert Assistant.history.numbered(assistant, 3).context == {"temperature": 1}


def test_taking_all_of_theirs_makes_no_version(client: Client, assistant: Assistant, ben: Person) -> None:
    data = late(assistant, ben)
    picks = {"theirs": "2"} | {f"pick:/{key}": "theirs" for key in BEFORE}
    assert client.post(address(assistant), data | picks).status_code == 302
    assert Assistant.history.newest_number(assistant) == 2


def test_a_third_version_meanwhile(client: Client, assistant: Assistant, ben: Person) -> None:
    data = late(assistant, ben)
    make.version(assistant, person=ben, settings={"model": "three"})
    picks = {"theirs": "2", "pick:/system_prompt": "mine", "pick:/model": "theirs"}
    response = client.post(address(assistant), data | picks)
    assert response.status_code == 409
    assert "saved v3" in response.content.decode()
    assert 'name="theirs" value="3"' in response.content.decode()


def test_names_too(client: Client, assistant: Assistant, ben: Person) -> None:
    data = page_data(assistant, make.SCHEMA) | {"name": "Erin's name"}
    make.version(assistant, person=ben, settings=BEFORE, name="Ben's name")
    page = client.post(address(assistant), data)
    assert [row.part.name for row in page.context["conflict"].rows] == ["pick:name"]
    client.post(address(assistant), data | {"theirs": "2", "pick:name": "theirs", "pick:/model": "mine"})
    assert Assistant.history.newest_number(assistant) == 2


def test_the_json_tab_meets_conflicts_too(client: Client, assistant: Assistant, ben: Person) -> None:
    data = late(assistant, ben) | {"tab": "json", "json": '{"model": "json"}'}
    response = client.post(address(assistant), data)
    assert response.status_code == 409
    assert "{&quot;model&quot;: &quot;json&quot;}" in response.content.decode()


def test_secrets_stay_hidden(client: Client, ben: Person) -> None:
    assistant = make.assistant(graph_id="every", settings={"openai_api_key": "sk-one"}, settings_schema=SCHEMA)
    data = page_data(assistant, SCHEMA) | {"/openai_api_key": "sk-erin", "/openai_api_key#secret": "replace"}
    make.version(assistant, person=ben, settings={"openai_api_key": "sk-ben"})
    page = client.post(address(assistant), data).content.decode()
    assert "Hidden, changed" in page
    assert "sk-one" not in page
    assert "sk-ben" not in page


@pytest.mark.parametrize("picks", [{"theirs": "99"}, {"theirs": "x"}, {"theirs": "2", "pick:/model": "nobody"}])
def test_forged_choices(client: Client, assistant: Assistant, ben: Person, picks: dict[str, str]) -> None:
    response = client.post(address(assistant), late(assistant, ben) | picks)
    assert response.status_code in (302, 409)


def test_what_was_chosen_is_kept(client: Client, assistant: Assistant, ben: Person) -> None:
    """Reloaded in the middle of choosing, or on another device."""
    data = late(assistant, ben)
    kept = client.post(address(assistant), data).context["kept"]
    picks = {"theirs": "2", "pick:/system_prompt": "theirs", "pick:/model": "base", "pick:/temperature": "mine"}
    headers = {"HX-Request": "true", "HX-Trigger": "draft-keeper"}
    client.post(address(assistant), data | picks | {"do": "keep", "draft": str(kept.known)}, headers=headers)

    page = client.get(address(assistant))
    assert page.status_code == 200
    conflict = page.context["conflict"]
    chosen = {row.part.name: conflict.side_of(row.part) for row in conflict.rows}
    assert chosen == {"pick:/system_prompt": "theirs", "pick:/model": "base", "pick:/temperature": "mine"}
    again = data | picks | {"draft": str(page.context["kept"].known)}
    assert client.post(address(assistant), again).status_code == 302
    saved = Assistant.history.numbered(assistant, 3).context
    assert saved == {"system_prompt": "Ben's", "model": "one", "temperature": 0.6}
    assert not Draft.objects.exists()


def test_a_button_leaves_the_conflict_open(client: Client, assistant: Assistant, ben: Person) -> None:
    data = late(assistant, ben) | {"theirs": "2", "pick:/system_prompt": "base", "do": "tab:json"}
    page = client.post(address(assistant), data)
    chosen = {row.part.name: page.context["conflict"].side_of(row.part) for row in page.context["conflict"].rows}
    assert (page.status_code, chosen["pick:/system_prompt"]) == (200, "base")
