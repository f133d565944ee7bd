"""The JSON tab: the same value as the form's, errors with their line, secrets that stay hidden."""

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.domain.json_values import canonical
from assistants_app.models import Assistant
from tests import make
from tests.every_kind import SCHEMA, SETTINGS
from tests.web.posting import page_data, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(editor_client: Client) -> Client:
    return editor_client


def address(assistant: Assistant) -> str:
    return reverse("assistant-edit", args=[assistant.assistant_id])


def posted(client: Client, assistant: Assistant, text: str, do: str = "save") -> str:
    data = page_data(assistant, make.SCHEMA) | {"tab": "json", "json": text, "do": do}
    return client.post(address(assistant), data).content.decode()


def newest(assistant: Assistant) -> int:
    return Assistant.history.newest_number(assistant)


def test_it_works(client: Client) -> None:
    assistant = make.assistant()
    posted(client, assistant, '{"model": "other",\r\n "unknown": [1.0, null]}')
    assert canonical(Assistant.history.numbered(assistant, 2).context) == canonical(
        {"model": "other", "unknown": [1.0, None]}
    )


def test_untouched_makes_no_version(client: Client) -> None:
    assistant = make.assistant(graph_id="every", settings=SETTINGS, settings_schema=SCHEMA)
    page = client.post(address(assistant), page_data(assistant, SCHEMA) | {"do": "tab:json"})
    assert page.context["typed"].as_json
    assert not page.context["dirty"]
    data = {"tab": "json", "json": page.context["typed"].json_text.replace("\n", "\r\n")}
    client.post(address(assistant), page_data(assistant, SCHEMA) | data)
    assert newest(assistant) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"/system_prompt": "Other"},
        {"name": "Other"},
        {"description": "Other"},
        {"tags": "other"},
        {"tab": "json", "json": "{"},
        {"tab": "json", "json": '{"model": 1}'},
    ],
)
def test_a_change_is_not_saved_whichever_tab_shows_it(change: dict[str, str], client: Client) -> None:
    assistant = make.assistant()
    do = "tab:form" if "tab" in change else "tab:json"
    page = client.post(address(assistant), page_data(assistant, make.SCHEMA) | change | {"do": do})
    assert page.context["dirty"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"model": "a"\n "b"}', "line 2, column 2"),
        ("", "line 1, column 1"),
        ("[1]", "one JSON object"),
        ('"text"', "one JSON object"),
        ('{"a": 1, "a": 2}', "occurs twice"),
        ('{"a": NaN}', "NaN"),
        ('{"a": -Infinity}', "Infinity"),
        ('{"a": "\\u0000"}', "NUL"),
        ('{"a": "\\ud800"}', "surrogate"),
        ('{"a": ' + "[" * 100_000, ""),
        ('{"a": ' + "9" * 5000 + "}", ""),
    ],
)
def test_what_is_not_json_is_told_and_kept(client: Client, text: str, message: str) -> None:
    assistant = make.assistant()
    for do in ("save", "tab:form", "review"):
        page = posted(client, assistant, text, do)
        assert 'href="#json"' in page
        assert message in page.replace("&quot;", '"')
        assert 'id="json"' in page
    assert newest(assistant) == 1


def test_what_the_schema_refuses(client: Client) -> None:
    assistant = make.assistant()
    page = posted(client, assistant, '{"temperature": "warm"}')
    assert "There is a problem" in page
    assert "/temperature" in page
    assert newest(assistant) == 1


def test_what_was_wrong_before_does_not_block(client: Client) -> None:
    assistant = make.assistant(settings={"temperature": "warm"})
    posted(client, assistant, '{"temperature": "warm", "model": "x"}')
    assert newest(assistant) == 2


def test_to_the_form_and_back(client: Client) -> None:
    assistant = make.assistant()
    data = page_data(assistant, make.SCHEMA) | {"tab": "json", "json": '{"model": 5, "x": 1}', "do": "tab:form"}
    response = client.post(address(assistant), data)
    assert response.status_code == 422
    data["json"] = '{"model": "typed", "x": 1}'
    form = client.post(address(assistant), data)
    assert 'value="typed"' in form.content.decode()
    working = form.context["working"]
    again = page_data(assistant, make.SCHEMA) | {"working": working, "/model": "typed", "/model#state": "value"}
    again |= {"/system_prompt#state": "default", "do": "tab:json"}
    text = client.post(address(assistant), again).context["typed"].json_text
    assert text == '{\n  "model": "typed",\n  "x": 1\n}'


def test_the_form_is_not_left_while_it_cannot_be_read(client: Client) -> None:
    assistant = make.assistant()
    data = typed(page_data(assistant, make.SCHEMA), temperature="warm") | {"do": "tab:json"}
    response = client.post(address(assistant), data)
    assert response.status_code == 422
    assert 'value="warm"' in response.content.decode()


SECRETS = {"type": "object", "properties": {
    "key": {"type": "string", "format": "password", "title": "Key"}, "prompt": {"type": "string", "title": "Prompt"},
}}  # fmt: skip


def keyed() -> Assistant:
    return make.assistant(graph_id="every", settings={"key": "sk-1", "prompt": "Hi"}, settings_schema=SECRETS)


def shown_text(client: Client, assistant: Assistant) -> str:
    data = page_data(assistant, SECRETS) | {"do": "tab:json"}
    return str(client.post(address(assistant), data).context["typed"].json_text)


def test_a_secret_stays_hidden_and_stays(client: Client) -> None:
    assistant = keyed()
    text = shown_text(client, assistant)
    assert "sk-1" not in text
    data = page_data(assistant, SECRETS) | {"tab": "json", "json": text.replace("Hi", "Hello")}
    client.post(address(assistant), data)
    version = Assistant.history.numbered(assistant, 2)
    assert make.opened(version.context) == {"key": "sk-1", "prompt": "Hello"}
    assert version.context["key"] == Assistant.history.numbered(assistant, 1).context["key"] != "sk-1"


def test_a_secret_that_is_pasted_is_sealed_like_any_other(client: Client) -> None:
    assistant = keyed()
    data = page_data(assistant, SECRETS) | {"tab": "json", "json": '{"key": "sk-2", "prompt": "Hi", "api_key": "sk-3"}'}
    client.post(address(assistant), data)
    context = Assistant.history.numbered(assistant, 2).context
    assert make.opened(context) == {"key": "sk-2", "prompt": "Hi", "api_key": "sk-3"}
    assert "sk-" not in canonical(context)


@pytest.mark.parametrize(
    ("text", "do"),
    [
        ('{"key": "sk-pasted", "prompt": 5}', "save"),  # not valid: shown again
        ('{"key": "sk-pasted", "prompt": "Hi"}', "tab:form"),
        ('{"key": "sk-pasted", "prompt": "Hi"}', "review"),
        ('{"prompt": "Hi", "key": "sk-pasted"', "save"),  # cannot be read
        ('{"prompt": Hi, "my_api_key": "sk-pasted', "tab:form"),
    ],
)
def test_a_secret_that_is_pasted_is_not_shown_again(client: Client, text: str, do: str) -> None:
    assistant = keyed()
    data = page_data(assistant, SECRETS) | {"tab": "json", "json": text, "do": do}
    assert "sk-pasted" not in client.post(address(assistant), data).content.decode()


def test_a_secret_that_is_pasted_is_carried_along_and_saved(client: Client) -> None:
    assistant = keyed()
    data = page_data(assistant, SECRETS) | {"tab": "json"}
    text = '{"prompt": Hi, "key": "sk-\\"new\\""}'
    for mend in (("Hi,", '"Hi",'), ("Hi", "Hello"), ("", "")):
        page = client.post(address(assistant), data | {"json": text, "do": "review"})
        text = page.context["typed"].json_text.replace(*mend)
    client.post(address(assistant), data | {"json": text, "do": "save"})
    assert make.opened(Assistant.history.numbered(assistant, 2).context) == {"key": 'sk-"new"', "prompt": "Hello"}


def test_what_is_carried_along_by_nobody_is_refused(client: Client) -> None:
    assistant = keyed()
    for text in ('{"key": "•••••••• +x"}', '{"prompt": "•••••••• +x"}'):
        data = page_data(assistant, SECRETS) | {"tab": "json", "json": text}
        assert client.post(address(assistant), data).status_code == 422
    assert newest(assistant) == 1


def test_what_is_stored_is_no_way_in(client: Client) -> None:
    """Whoever read the database cannot let the site open what it found there."""
    assistant = keyed()
    stored = str(Assistant.history.numbered(assistant, 1).context["key"])
    for text in (f'{{"prompt": "{stored}"}}', f'{{"key": "{stored}"}}', f'{{"prompt": "•••••••• +{stored}"}}'):
        response = client.post(address(assistant), page_data(assistant, SECRETS) | {"tab": "json", "json": text})
        assert response.status_code == 422
    assert newest(assistant) == 1


def test_a_hidden_secret_is_not_brought_to_light(client: Client) -> None:
    assistant = keyed()
    mask = shown_text(client, assistant).split('"key": "')[1].split('"')[0]
    data = page_data(assistant, SECRETS) | {"tab": "json", "json": f'{{"prompt": "{mask}"}}'}
    for do in ("save", "tab:form", "review"):
        response = client.post(address(assistant), data | {"do": do})
        assert response.status_code == 422
        assert "sk-1" not in response.content.decode()
    assert newest(assistant) == 1


def test_a_typed_secret_goes_along_to_the_json_and_back(client: Client) -> None:
    assistant = keyed()
    data = page_data(assistant, SECRETS) | {"/key": "sk-new", "/key#secret": "replace", "do": "tab:json"}
    page = client.post(address(assistant), data)
    text = page.context["typed"].json_text
    assert "sk-new" not in page.content.decode()
    form = client.post(
        address(assistant), page_data(assistant, SECRETS) | {"tab": "json", "json": text, "do": "tab:form"}
    )
    assert "sk-new" not in form.content.decode()
    saving = page_data(assistant, SECRETS) | {"working": form.context["working"]}
    client.post(address(assistant), saving)
    assert make.opened(Assistant.history.numbered(assistant, 2).context) == {"key": "sk-new", "prompt": "Hi"}
