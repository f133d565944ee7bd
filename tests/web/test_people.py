"""The people page: operators add people, give links, take and give rights."""

import re

import pytest
from django.test import Client

from assistants_app.models import Person

pytestmark = pytest.mark.django_db


def test_it_works(operator_client: Client, erin: Person) -> None:
    page = operator_client.get("/people/")

    assert "Erin Editor" in page.text
    assert "Olga Operator" in page.text


def test_adding_shows_a_link_that_signs_in(operator_client: Client) -> None:
    answer = operator_client.post("/people/add/", {"username": "amy", "full_name": "Amy Adams", "email": ""})

    found = re.search(r"http://testserver(/sign-in/link/[^<\"]+/)", answer.text)
    assert found
    stranger = Client()
    stranger.post(found.group(1))
    assert stranger.get("/").status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_refusal_keeps_what_was_typed(operator_client: Client, erin: Person) -> None:
    answer = operator_client.post("/people/add/", {"username": "erin", "full_name": "Erin Two", "operator": "1"})

    assert answer.status_code == 422
    assert answer.text.count("Somebody has this sign-in name already.") == 2, "on top, and at the field"
    assert 'value="Erin Two"' in answer.text
    assert Person.objects.count() == 2


@pytest.mark.parametrize(
    ("do", "active", "operator"),
    [("deactivate", False, False), ("make-operator", True, True), ("make-editor", True, False), ("dance", True, False)],
)
def test_the_buttons_of_a_row(operator_client: Client, erin: Person, do: str, active: bool, operator: bool) -> None:
    assert operator_client.post(f"/people/{erin.pk}/change/", {"do": do}).status_code == 302

    erin.refresh_from_db()
    assert (erin.is_active, erin.is_superuser) == (active, operator)


def test_somebody_comes_back(operator_client: Client, erin: Person) -> None:
    operator_client.post(f"/people/{erin.pk}/change/", {"do": "deactivate"})

    answer = operator_client.post(f"/people/{erin.pk}/change/", {"do": "activate"}, follow=True)

    assert "Erin Editor can sign in again." in answer.text


def test_the_last_operator_is_told_why_not(operator_client: Client, olga: Person) -> None:
    answer = operator_client.post(f"/people/{olga.pk}/change/", {"do": "make-editor"}, follow=True)

    assert "Make somebody else an operator first." in answer.text
    olga.refresh_from_db()
    assert olga.is_superuser


@pytest.mark.parametrize("path", ["/people/", "/people/add/", "/people/1/link/", "/people/1/change/"])
def test_editors_are_kept_out(editor_client: Client, path: str) -> None:
    for answer in (editor_client.get(path), editor_client.post(path, {"username": "mal", "do": "make-operator"})):
        assert answer.status_code == 403
        assert "Only operators can open this page." in answer.text
    assert Person.objects.count() == 1
    assert not Person.objects.filter(is_superuser=True).exists()


def test_markup_in_a_name_stays_text(operator_client: Client) -> None:
    Person.objects.create_user(username="mal", first_name="<script>alert(1)</script>")

    assert "<script>alert" not in operator_client.get("/people/").text


def test_many_people_come_page_by_page(operator_client: Client) -> None:
    Person.objects.bulk_create(Person(username=f"p{number:02}") for number in range(30))
    seen: list[str] = []
    for page in (1, 2):
        answer = operator_client.get(f"/people/?page={page}")
        seen += [person.username for person in answer.context["people"]]
        assert f"Page {page} of 2" in answer.text
    assert seen == ["olga", *(f"p{number:02}" for number in range(30))]
    assert operator_client.get("/people/?page=x").context["people"].number == 1
