"""The page of a one-time sign-in link: a look leaves it unspent, its button signs in."""

import pytest
from django.test import Client

from assistants_app.models import Person
from assistants_app.services.authors import SYSTEM
from assistants_app.services.people import add_person, one_time_link

pytestmark = pytest.mark.django_db


def test_it_works(client: Client) -> None:
    person = add_person(author=SYSTEM, username="amy", full_name="Amy")
    link = one_time_link(person)

    for _preview in range(2):
        assert "Welcome, Amy" in client.get(link).text
    answer = client.post(link, follow=True)

    assert "Set a password" in answer.text
    assert answer.context["user"] == person


def test_it_leads_to_a_password(client: Client) -> None:
    person = add_person(author=SYSTEM, username="amy")
    client.post(one_time_link(person))
    new = "two ducks on the lake"

    answer = client.post("/account/", {"new_password1": new, "new_password2": new})

    assert answer.headers["Location"] == "/"
    person.refresh_from_db()
    assert person.check_password(new)
    again = client.post("/account/", {"new_password1": "x", "new_password2": "x"})
    assert "id_old_password" in again.text, "from now on the old one is asked for"


def test_who_lost_the_password_sets_a_new_one_without_it(client: Client, erin: Person) -> None:
    client.post(one_time_link(erin))

    assert "id_old_password" not in client.get("/account/").text


def test_spent_it_says_so(client: Client, erin: Person) -> None:
    link = one_time_link(erin)
    client.post(link)
    stranger = Client()

    for answer in (stranger.get(link), stranger.post(link)):
        assert answer.status_code == 410
        assert "This link is spent" in answer.text
    assert stranger.get("/").status_code == 302


def test_it_needs_its_token(erin: Person) -> None:
    assert Client(enforce_csrf_checks=True).post(one_time_link(erin)).status_code == 403


def test_it_is_not_cached(client: Client, erin: Person) -> None:
    assert "no-store" in client.get(one_time_link(erin)).headers["Cache-Control"]
