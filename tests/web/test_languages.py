"""Pages in the reader's language: as the browser asks, or as the reader chose. Programs are answered in English."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from assistants_app.models import Person
from tests.addresses import addresses, example_parts, routes
from tests.people import SignIn

pytestmark = pytest.mark.django_db

GERMAN = {"HTTP_ACCEPT_LANGUAGE": "de-AT,de;q=0.9,en;q=0.8"}


def language_of(page: str) -> str:
    found = re.search(r'<html lang="([\w-]+)"', page)
    return found.group(1) if found else ""


def test_it_works(editor_client: Client) -> None:
    page = editor_client.get("/assistants/", **GERMAN)

    assert language_of(page.text) == "de"
    assert "Neuer Assistent" in page.text
    assert page.headers["Content-Language"] == "de"
    assert "Accept-Language" in page.headers["Vary"]


@pytest.mark.parametrize(("language", "day"), [("en", "5 Jan 2026"), ("de", "5. Jan. 2026")])
def test_dates_are_written_as_in_the_language_and_with_their_zone(
    sign_in: SignIn, olga: Person, language: str, day: str
) -> None:
    Person.objects.filter(pk=olga.pk).update(date_joined=datetime(2026, 1, 5, 13, 7, tzinfo=UTC))
    client = sign_in(olga)
    paths = {
        "/dashboard/?from=2026-01-05&to=2026-01-05": f"{day}, 00:00 – ",
        f"/admin/assistants_app/person/{olga.pk}/change/": f"{day}, 13:07 UTC",
    }

    for path, said in paths.items():
        assert said in client.get(path, headers={"accept-language": language}).text


def test_a_choice_is_kept(editor_client: Client) -> None:
    chosen = editor_client.post("/language/", {"language": "de"}, HTTP_REFERER="http://testserver/graphs/")

    assert (chosen.status_code, chosen.headers["Location"]) == (302, "http://testserver/graphs/")
    assert language_of(editor_client.get("/assistants/").text) == "de"
    cookie = editor_client.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_a_choice_is_stronger_than_the_browser(editor_client: Client) -> None:
    editor_client.post("/language/", {"language": "en"})

    assert language_of(editor_client.get("/assistants/", **GERMAN).text) == "en"


def test_strangers_choose_too(client: Client) -> None:
    assert 'value="de"' in client.get("/sign-in/").text
    client.post("/language/", {"language": "de"})

    assert "Anmelden" in client.get("/sign-in/").text


@pytest.mark.parametrize("language", ["xx", "fr", "", "de\x00", "../../etc"])
def test_a_language_that_there_is_not(editor_client: Client, language: str) -> None:
    assert editor_client.post("/language/", {"language": language}).status_code == 302

    assert language_of(editor_client.get("/assistants/").text) == "en"


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere(editor_client: Client, place: str) -> None:
    assert editor_client.post("/language/", {"language": "de", "next": place}).headers["Location"] == "/"


def test_a_language_is_not_chosen_by_a_link(editor_client: Client) -> None:
    editor_client.get("/language/?language=de")

    assert language_of(editor_client.get("/assistants/").text) == "en"


def test_programs_are_answered_in_english(editor_client: Client) -> None:
    editor_client.get("/assistants/", **GERMAN)

    answer = editor_client.get("/api/assistants/nonsense", **GERMAN)

    assert answer.status_code in (401, 403, 404, 422)
    assert not re.search(r"\b(nicht|kein|keine|Schlüssel)\b", answer.text)


MACHINE_READ = {
    *(
        "x",
        "y",
        "x1",
        "x2",
        "y1",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "width",
        "height",
        "d",
        "points",
        "viewbox",
        "transform",
    ),
    *("min", "max", "step", "maxlength", "rows", "cols", "href", "action", "name", "id", "for", "datetime", "hx-get"),
    *("hx-post", "hx-target", "hx-trigger", "style", "class", "role", "type"),
}


MADE_ANEW = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+|(?<=T)[\d:.]+")
"""Keys and times of day, which two pages do not share."""


class MachineRead(HTMLParser):
    """What of a page is no words: attributes that browsers and scripts read, and the values of fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if known.get("name") in (
            "csrfmiddlewaretoken",
            "page",
            "name",
            "note",
        ):  # made anew, or proposed in the reader's words
            return
        read = MACHINE_READ | ({"value"} if tag in ("input", "option", "meter", "progress") else set())
        self.found += [(tag, name, MADE_ANEW.sub("…", value or "")) for name, value in attrs if name in read]


@pytest.mark.parametrize("name", [name for name, _parts in routes()])
def test_machines_read_the_same_in_every_language(name: str, sign_in: SignIn, olga: Person) -> None:
    client = sign_in(olga)
    path = next(address.path for address in addresses(example_parts(olga)) if address.name == name)
    pages: list[Any] = [client.get(path), client.get(path, **GERMAN)]

    assert len({page.status_code for page in pages}) == 1
    if any(page.streaming or "text/html" not in page.headers.get("Content-Type", "") for page in pages):
        return
    english, german = (MachineRead(page.text).found for page in pages)
    assert german == english


def test_the_site_remembers_what_its_people_chose(editor_client: Client, erin: Person, client: Client) -> None:
    for language in ("de", "xx", ""):
        editor_client.post("/language/", {"language": language})
        client.post("/language/", {"language": "en"})  # a stranger
        erin.refresh_from_db()
        assert erin.language == "de"
