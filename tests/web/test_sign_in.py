"""Signing in by password, out, and one's own account."""

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.models import Person
from tests import make
from tests.people import PASSWORD, SignIn

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "two ducks on the lake"


def test_it_works(client: Client, erin: Person) -> None:
    answer = client.post("/sign-in/", {"username": "erin", "password": PASSWORD, "next": "/assistants/"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/assistants/")
    assert client.get("/").status_code == 200


def test_one_is_sent_back_to_where_one_wanted_to_go(client: Client) -> None:
    answer = client.get("/assistants/?q=blog")

    assert answer.headers["Location"] == "/sign-in/?next=/assistants/%3Fq%3Dblog"


def test_another_site_is_nowhere_to_go(client: Client, erin: Person) -> None:
    answer = client.post("/sign-in/", {"username": "erin", "password": PASSWORD, "next": "https://evil.example/"})

    assert answer.headers["Location"] == "/"


def test_a_wrong_password_is_said_and_the_name_kept(client: Client, erin: Person) -> None:
    answer = client.post("/sign-in/", {"username": "erin", "password": "wrong"})

    assert 'role="alert"' in answer.text
    assert 'value="erin"' in answer.text


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 5000, "\ud800"])
def test_no_name_breaks_it(client: Client, erin: Person, name: str) -> None:
    data = f"username={name.encode('utf-8', 'surrogatepass').hex()}&password=x"
    assert client.post("/sign-in/", {"username": name.replace("\ud800", "?"), "password": "x"}).status_code == 200
    assert client.post("/sign-in/", data, content_type="application/x-www-form-urlencoded").status_code == 200


def test_a_deactivated_person_is_refused_and_signed_out(sign_in: SignIn, erin: Person) -> None:
    client = sign_in(erin)
    erin.is_active = False
    erin.save()

    assert client.get("/").status_code == 302
    assert client.post("/sign-in/", {"username": "erin", "password": PASSWORD}).status_code == 200


def test_signing_out_is_a_post(editor_client: Client) -> None:
    assert editor_client.get("/sign-out/").status_code == 405
    assert editor_client.get("/").status_code == 200

    assert editor_client.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert editor_client.get("/").status_code == 302


def test_changing_the_password_asks_for_the_old_one(editor_client: Client, erin: Person) -> None:
    new = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}

    refused = editor_client.post("/account/", {"old_password": "wrong", **new})
    assert refused.status_code == 422
    assert 'href="#id_old_password"' in refused.text

    assert editor_client.post("/account/", {"old_password": PASSWORD, **new}).status_code == 302
    erin.refresh_from_db()
    assert erin.check_password(NEW_PASSWORD)
    assert editor_client.get(reverse("account")).status_code == 200, "still signed in here"


def test_a_weak_password_is_refused(editor_client: Client, erin: Person) -> None:
    answer = editor_client.post(
        "/account/", {"old_password": PASSWORD, "new_password1": "12345", "new_password2": "12345"}
    )

    assert answer.status_code == 422
    erin.refresh_from_db()
    assert erin.check_password(PASSWORD)


def test_what_a_signed_out_person_sends_is_answered_in_its_place(client: Client) -> None:
    """Sending them to the sign-in page would throw away what they typed."""
    made = make.assistant()

    answer = client.post(f"/assistants/{made.assistant_id}/rename/", {"name": "A long text"})

    assert answer.status_code == 401
    assert "You are signed out" in answer.text
    assert 'target="_blank"' in answer.text
    made.refresh_from_db()
    assert made.name == "Blog writer"


def test_typing_in_a_list_when_signed_out_swaps_nothing_in(client: Client) -> None:
    assert client.get("/assistants/?q=a", headers={"HX-Request": "true"}).status_code == 401


def test_the_sign_out_button_works_twice(editor_client: Client) -> None:
    editor_client.post("/sign-out/")

    assert editor_client.post("/sign-out/").headers["Location"] == "/sign-in/"
