"""Where somebody is signed in: listed on their account, and ended there."""

import time

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from pytest_django import Settings

from assistants_app.models import AuditEntry, Person
from tests.people import PASSWORD, SignIn

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604.1"


def enter(device: str, address: str = "203.0.113.7") -> Client:
    client = Client(HTTP_USER_AGENT=device, REMOTE_ADDR=address)
    client.post("/sign-in/", {"login": "erin", "password": PASSWORD})
    return client


def test_it_works(erin: Person) -> None:
    here, phone = enter(FIREFOX), enter(PHONE, "2001:db8::1")

    page = here.get("/account/").text

    assert "Firefox on Linux" in page
    assert "Safari on iPhone" in page
    assert "2001:db8::1" in page
    assert page.count("Sign out Safari on iPhone at 2001:db8::1") == 1
    assert "Sign out Firefox" not in page, "here, one signs out by the menu"
    assert phone.get("/").status_code == 200


def test_one_of_them_is_ended(erin: Person) -> None:
    here, phone = enter(FIREFOX), enter(PHONE)
    row = UserSession.objects.get(user_agent=PHONE)

    here.post(f"/account/places/{row.pk}/end/")

    assert phone.get("/").status_code == 302
    assert "iPhone" not in here.get("/account/").text
    assert here.post(f"/account/places/{row.pk}/end/").status_code == 404


def test_somebody_elses_is_not(erin: Person, ben: Person, sign_in: SignIn) -> None:
    here = enter(FIREFOX)
    row = UserSession.objects.get(user=erin)

    sign_in(ben).post(f"/account/places/{row.pk}/end/")

    assert here.get("/").status_code == 200


def test_all_others_are_ended(erin: Person) -> None:
    here, phone, unknown = enter(FIREFOX), enter(PHONE), enter("")
    UserSession.objects.filter(user_agent="").delete()  # one that nobody noted

    answer = here.post("/account/places/end-others/", follow=True)

    assert "You are signed out everywhere else" in answer.text
    assert here.get("/").status_code == 200
    assert [client.get("/").status_code for client in (phone, unknown)] == [302, 302]
    assert UserSession.objects.filter(user=erin).count() == 1
    assert answer.text.count('class="places__one"') == 1


def test_a_new_password_ends_the_others(erin: Person) -> None:
    here, phone = enter(FIREFOX), enter(PHONE)
    new = "two ducks on the lake"

    here.post("/account/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})

    assert here.get("/").status_code == 200
    assert phone.get("/").status_code == 302
    assert here.get("/account/").text.count("Firefox on Linux") == 1


def test_an_operator_ends_all(erin: Person, operator_client: Client) -> None:
    here, phone = enter(FIREFOX), enter(PHONE)

    operator_client.post(f"/people/{erin.pk}/sign-out/")

    assert [client.get("/").status_code for client in (here, phone)] == [302, 302]
    entry = AuditEntry.objects.get(action="session.all_ended")
    assert (entry.who, entry.object_name) == ("Olga Operator", "Erin Editor")


def test_a_deactivated_person_is_out_at_once(erin: Person) -> None:
    here = enter(FIREFOX)
    erin.is_active = False
    erin.save()

    assert here.get("/").status_code == 302


def test_signing_in_and_out_is_recorded(erin: Person) -> None:
    here = enter(FIREFOX)
    here.post("/sign-in/", {})
    here.post("/sign-out/")
    Client().post("/sign-in/", {"login": "erin", "password": "wrong"})

    found = [(entry.action, entry.who, entry.address) for entry in AuditEntry.objects.order_by("id")]

    assert found == [
        ("session.began", "Erin Editor", "203.0.113.7"),
        ("session.ended", "Erin Editor", "203.0.113.7"),
        ("session.refused", "erin", "127.0.0.1"),
    ]
    assert not UserSession.objects.exists()


def test_a_session_is_noted_again_after_a_while(erin: Person) -> None:
    here = enter(FIREFOX)
    before = UserSession.objects.get().last_seen_at
    here.get("/")
    assert UserSession.objects.get().last_seen_at == before, "not with every page"
    session = here.session
    session["seen_at"] = int(time.time()) - 400
    session.save()

    here.get("/")

    assert UserSession.objects.get().last_seen_at > before


def test_a_session_has_an_end(erin: Person, settings: Settings) -> None:
    here = enter(FIREFOX)
    settings.SESSION_LONGEST = 60
    session = here.session
    session["signed_in_at"] = int(time.time()) - 61
    session.save()

    assert here.get("/").status_code == 302
