"""Signing in by password, out, and one's own account."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from assistants_app.models import CachedValue, Person
from tests import make
from tests.people import PASSWORD, SignIn

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "two ducks on the lake"


def test_it_works(client: Client, erin: Person) -> None:
    answer = client.post("/sign-in/", {"login": "erin", "password": PASSWORD, "next": "/assistants/"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/assistants/")
    assert client.get("/").status_code == 200


def test_one_is_sent_back_to_where_one_wanted_to_go(client: Client) -> None:
    answer = client.get("/assistants/?q=blog")

    assert answer.headers["Location"] == "/sign-in/?next=/assistants/%3Fq%3Dblog"


def test_another_site_is_nowhere_to_go(client: Client, erin: Person) -> None:
    answer = client.post("/sign-in/", {"login": "erin", "password": PASSWORD, "next": "https://evil.example/"})

    assert answer.headers["Location"] == "/"


def test_a_wrong_password_is_said_and_the_name_kept(client: Client, erin: Person) -> None:
    answer = client.post("/sign-in/", {"login": "erin", "password": "wrong"})

    assert 'role="alert"' in answer.text
    assert 'value="erin"' in answer.text


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 5000, "\ud800"])
def test_no_name_breaks_it(client: Client, erin: Person, name: str) -> None:
    data = f"login={name.encode('utf-8', 'surrogatepass').hex()}&password=x"
    assert client.post("/sign-in/", {"login": name.replace("\ud800", "?"), "password": "x"}).status_code == 200
    assert client.post("/sign-in/", data, content_type="application/x-www-form-urlencoded").status_code == 200


def test_a_deactivated_person_is_refused_and_signed_out(sign_in: SignIn, erin: Person) -> None:
    client = sign_in(erin)
    erin.is_active = False
    erin.save()

    assert client.get("/").status_code == 302
    answer = client.post("/sign-in/", {"login": "erin", "password": PASSWORD})
    assert answer.status_code == 403
    assert "This account cannot sign in" in answer.text
    assert client.post("/sign-in/", {"login": "erin", "password": "wrong"}).status_code == 200, "told to nobody else"
    assert client.get("/").status_code == 302


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


def test_who_fails_too_often_waits(client: Client, erin: Person) -> None:
    """Counted by name, in the database: by whatever process, from whatever address."""
    for number in range(5):
        wrong = client.post("/sign-in/", {"login": "erin", "password": "wrong"}, REMOTE_ADDR=f"203.0.113.{number}")
        assert "is not right" in wrong.text

    answer = client.post("/sign-in/", {"login": "ERIN", "password": PASSWORD}, REMOTE_ADDR="203.0.113.99")

    assert "That failed too often" in answer.text
    assert client.get("/").status_code == 302
    assert CachedValue.objects.exists()


def test_others_do_not_wait_with_them(client: Client, erin: Person, ben: Person) -> None:
    for _time in range(6):
        client.post("/sign-in/", {"login": "erin", "password": "wrong"})

    assert client.post("/sign-in/", {"login": "ben", "password": PASSWORD}).status_code == 302


def test_one_address_tries_many_names(client: Client, erin: Person) -> None:
    for number in range(20):
        client.post("/sign-in/", {"login": f"name{number}", "password": "wrong"})

    assert "That failed too often" in client.post("/sign-in/", {"login": "erin", "password": PASSWORD}).text


def test_the_sessions_from_before_a_count_are_over(editor_client: Client, erin: Person) -> None:
    assert editor_client.get("/").status_code == 200
    erin.sessions_ended = 1
    erin.save()

    assert editor_client.get("/").status_code == 302


@pytest.mark.parametrize("address", ["/accounts/signup/", "/sign-in/signup/", "/account/email/"])
def test_what_allauth_has_beyond_is_not_routed(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_nobody_signs_up() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")


def test_a_flood_is_answered_with_a_page(client: Client) -> None:
    answers = [client.post("/sign-in/", {"login": "", "password": ""}) for _time in range(31)]

    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert "That was too often" in answers[-1].text
    assert client.get("/sign-in/").status_code == 200
