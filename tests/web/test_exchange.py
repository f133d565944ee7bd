"""The pages that export and import: a plan first, with a choice for each clash, then all of it."""

import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from assistants_app.models import Assistant, Grant, Person, Role
from assistants_app.services.secrets import given
from tests import make
from tests.people import SignIn
from tests.services.test_secrets import CANARIES, SCHEMA, SETTINGS

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(editor_client: Client) -> Client:
    return editor_client


@pytest.fixture
def assistant() -> Assistant:
    return make.assistant(name="Letters", settings=SETTINGS, settings_schema=SCHEMA)


def exported(client: Client, assistant: Assistant) -> str:
    return client.get(reverse("assistant-export", args=[assistant.assistant_id])).content.decode()


def uploaded(client: Client, text: str | bytes, name: str = "letters.json") -> Any:
    data = text.encode() if isinstance(text, str) else text
    return client.post(reverse("assistants-import"), {"file": SimpleUploadedFile(name, data)})


def decided(client: Client, page: Any, **choices: str) -> Any:
    html = page.content.decode()
    (carried,) = re.findall(r'name="carried" value="([^"]+)"', html)
    return client.post(reverse("assistants-import"), {"carried": carried, **choices})


def test_it_works(client: Client, assistant: Assistant) -> None:
    text = exported(client, assistant).replace('"prompt": "Hi"', '"prompt": "Hello"')
    page = uploaded(client, text)
    html = page.content.decode()
    assert "Differs from the one here" in html
    assert "Hello" in html
    assert not [canary for canary in CANARIES if canary in html + text]
    assert Assistant.history.newest_number(assistant) == 1

    answer = decided(client, page, **{f"choice-{assistant.assistant_id}": "version"})

    assert answer.url == reverse("assistant", args=[assistant.assistant_id])
    assistant.refresh_from_db()
    assert given(assistant.context, None) == {**SETTINGS, "prompt": "Hello"}
    assert Assistant.history.numbered(assistant, 2).history_change_reason == "Imported from letters.json"


def test_what_is_found_by_its_name_is_told_where_it_is_the_same_too(client: Client, assistant: Assistant) -> None:
    text = exported(client, assistant).replace(str(assistant.assistant_id), "11111111-2222-4333-8444-555555555555")
    same_name = uploaded(client, text).text
    assert same_name.index("As it is here") < same_name.index("Same name as one here")


def test_what_is_new_here_may_be_left_out(client: Client, assistant: Assistant) -> None:
    """Nothing is here that could be kept."""
    text = exported(client, assistant)
    assert "Keep what is here" in uploaded(client, text).text
    assert "Leave it out" not in uploaded(client, text).text
    Assistant.objects.all().delete()
    page = uploaded(client, text)
    assert "Leave it out" in page.text
    assert "Keep what is here" not in page.text
    decided(client, page, **{f"choice-{assistant.assistant_id}": "keep"})
    assert not Assistant.objects.exists()


def test_a_file_that_breaks_off_is_damaged(client: Client, assistant: Assistant) -> None:
    assert "damaged" in uploaded(client, exported(client, assistant)[:-20]).text


def test_the_list_leads_there(client: Client, assistant: Assistant, sign_in: SignIn, ben: Person) -> None:
    address = f'href="{reverse("assistants-import")}"'
    assert address in client.get(reverse("assistants")).text
    Grant.objects.filter(person=ben).update(role=Role.VIEWER)
    assert address not in sign_in(ben).get(reverse("assistants")).text


def test_undecided_clashes_are_kept(client: Client, assistant: Assistant) -> None:
    page = uploaded(client, exported(client, assistant).replace('"Hi"', '"Hello"'))
    assert decided(client, page).status_code == 302
    assert Assistant.history.newest_number(assistant) == 1


def test_another_one_beside_it(client: Client, assistant: Assistant) -> None:
    page = uploaded(client, exported(client, assistant))
    decided(client, page, **{f"choice-{assistant.assistant_id}": "copy"})
    assert Assistant.objects.filter(name="Letters (imported)").count() == 1


def test_what_is_exported(client: Client, assistant: Assistant) -> None:
    other, third = make.assistant(name="Other"), make.assistant(name="Third")
    make.version(other)

    def names(**query: Any) -> list[str]:
        answer = client.get(reverse("assistants-export"), query)
        assert answer["Content-Disposition"].startswith("attachment")
        return [one["name"] for one in json.loads(answer.content)["assistants"]]

    assert names() == ["Letters", "Other", "Third"]
    assert names(q="th") == ["Other", "Third"]
    assert names(id=[str(other.assistant_id), str(assistant.assistant_id)]) == ["Letters", "Other"]
    assert names(id="x", q="third") == [third.name]
    one = client.get(reverse("assistant-export", args=[other.assistant_id]), {"version": "2"})
    assert [version["number"] for version in json.loads(one.content)["assistants"][0]["versions"]] == [2]
    for none in ("9", "0", "x", "9" * 30):
        assert client.get(reverse("assistant-export", args=[other.assistant_id]), {"version": none}).status_code == 404


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xff", b'{"format": "assistants-export", "version": 7}', b"[" * 100_000]
)
def test_what_cannot_be_imported_says_why(client: Client, data: bytes) -> None:
    page = uploaded(client, data)
    assert page.status_code == 422
    assert "nothing was changed" in page.content.decode()
    assert 'id="file-error"' in page.content.decode()


def test_no_file_and_a_page_that_was_changed(client: Client, assistant: Assistant) -> None:
    assert client.post(reverse("assistants-import")).status_code == 422
    page = uploaded(client, exported(client, assistant))
    (carried,) = re.findall(r'name="carried" value="([^"]+)"', page.content.decode())
    assert client.post(reverse("assistants-import"), {"carried": carried[:-2]}).status_code == 422


def test_a_file_whose_end_was_not_kept_is_too_large(client: Client, settings: Settings) -> None:
    settings.LARGEST_UPLOAD = 10
    answer = client.post(reverse("assistants-import"), {"other": "field"})
    assert answer.status_code == 422
    assert "The file is larger than 64 MB." in answer.content.decode()


def test_a_plan_is_for_who_asked_for_it(client: Client, assistant: Assistant, ben: Person, sign_in: SignIn) -> None:
    page = uploaded(client, exported(client, assistant))
    assert decided(sign_in(ben), page).status_code in (403, 422)


def test_a_script_in_a_name_is_a_name(client: Client) -> None:
    name = "<script>alert(1)</script>"
    text = exported(client, make.assistant(name="Plain")).replace('"Plain"', json.dumps(name))
    html = uploaded(client, text, name="<img src=x>.json").content.decode()
    assert name not in html
    assert "<img src=x>" not in html
    assert "&lt;script&gt;" in html


def test_who_may_not_see_it_cannot_export_it(assistant: Assistant, ben: Person, sign_in: SignIn) -> None:
    Grant.objects.filter(person=ben).delete()
    client = sign_in(ben)
    assert client.get(reverse("assistant-export", args=[assistant.assistant_id])).status_code == 404
    assert json.loads(client.get(reverse("assistants-export")).content)["assistants"] == []
    assert client.get(reverse("assistants-import")).status_code == 403
    Grant.objects.create(person=ben, role=Role.VIEWER)
    assert client.get(reverse("assistants-import")).status_code == 403
