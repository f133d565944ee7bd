"""A second factor: set up, asked for at every way in, recovered, demanded, taken away."""

import io
import re
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from assistants_app.domain.sealed import looks_sealed
from assistants_app.models import AuditEntry, Person
from assistants_app.services.authors import SYSTEM
from assistants_app.services.people import one_time_link
from assistants_app.services.resealing import reseal
from tests.people import PASSWORD, SignIn
from tests.web.codes import SECRET, code, second_factor

pytestmark = pytest.mark.django_db

ENTRANCE = {"login": "erin", "password": PASSWORD}


@pytest.mark.django_db(transaction=True)
def test_it_works(client: Client, erin: Person) -> None:
    client.post("/sign-in/", ENTRANCE)
    page = client.get("/account/second-factor/").text
    secret = re.search(r"<code[^>]*>([A-Z2-7]{32})</code>", page)
    assert secret is not None
    assert "data:image/svg+xml" in page

    answer = client.post("/account/second-factor/", {"code": code(secret[1])}, follow=True)

    assert len(re.findall(r"^\d{8}$", answer.text.replace('<pre class="codes">', "\n"), re.MULTILINE)) == 10
    assert re.search(r"\d{8}\n", client.get("/account/recovery-codes/").text) is None, "shown once"
    assert "10 recovery codes are left" in client.get("/account/").text
    assert [entry.action for entry in AuditEntry.objects.order_by("id")] == [
        "session.began",
        "person.second_factor_added",
        "person.second_factor_added",
    ]


def test_it_is_asked_for_after_the_password(client: Client, erin: Person) -> None:
    second_factor(erin)

    answer = client.post("/sign-in/", {**ENTRANCE, "next": "/assistants/"})

    assert answer.headers["Location"] == "/sign-in/code/"
    assert client.get("/").status_code == 302, "not in yet"
    assert client.post("/sign-in/code/", {"code": code()}).headers["Location"] == "/assistants/"
    assert client.get("/").status_code == 200


def test_it_is_asked_for_after_a_link(client: Client, erin: Person) -> None:
    second_factor(erin)

    assert client.post(one_time_link(erin)).headers["Location"] == "/sign-in/code/"
    assert client.get("/account/").status_code == 302
    assert client.post("/sign-in/code/", {"code": code()}).headers["Location"] == "/account/"
    assert "id_old_password" not in client.get("/account/").text


@pytest.mark.parametrize("wrong", ["000000", "", "12345678901234567890", "a\0b", "٠٠٠٠٠٠"])
def test_a_wrong_code_is_said(client: Client, erin: Person, wrong: str) -> None:
    second_factor(erin)
    client.post("/sign-in/", ENTRANCE)

    answer = client.post("/sign-in/code/", {"code": wrong})

    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert client.get("/").status_code == 302


def test_codes_cannot_be_guessed(client: Client, erin: Person) -> None:
    second_factor(erin)
    client.post("/sign-in/", ENTRANCE)
    for _time in range(5):
        client.post("/sign-in/code/", {"code": "000000"})

    assert "That failed too often" in client.post("/sign-in/code/", {"code": code()}).text
    assert client.get("/").status_code == 302


def test_a_code_counts_once(erin: Person) -> None:
    second_factor(erin)
    used = code()
    for client, location in ((Client(), "/"), (Client(), None)):
        client.post("/sign-in/", ENTRANCE)
        assert client.post("/sign-in/code/", {"code": used}).headers.get("Location") == location


def test_a_recovery_code_counts_once(erin: Person) -> None:
    spare = second_factor(erin).wrap().get_unused_codes()[3]
    for client, location in ((Client(), "/"), (Client(), None)):
        client.post("/sign-in/", ENTRANCE)
        assert client.post("/sign-in/code/", {"code": spare}).headers.get("Location") == location


def test_nobody_comes_to_the_code_without_a_password(client: Client, erin: Person) -> None:
    second_factor(erin)

    assert client.get("/sign-in/code/").headers["Location"] == "/sign-in/"
    assert client.post("/sign-in/code/", {"code": code()}).headers["Location"] == "/sign-in/"


def test_changing_it_asks_who_one_is(sign_in: SignIn, erin: Person) -> None:
    """A session that was left open cannot take the second factor off."""
    second_factor(erin)
    client = sign_in(erin)

    for address in ("/account/second-factor/remove/", "/account/recovery-codes/new/"):
        answer = client.post(address)
        assert answer.headers["Location"].startswith("/account/confirm/")
    assert Authenticator.objects.filter(user=erin).count() == 2

    wrong = client.post("/account/confirm/?next=/account/second-factor/remove/", {"password": "wrong"})
    assert "This is not your password" in wrong.text
    client.post("/account/confirm/?next=/account/recovery-codes/", {"password": PASSWORD})
    client.post("/account/second-factor/remove/")
    assert not Authenticator.objects.filter(user=erin).exists()


def test_who_has_nothing_to_be_asked_for_signs_in_again(sign_in: SignIn, erin: Person) -> None:
    """A session left open by somebody without a password cannot be given another one's second factor."""
    erin.set_unusable_password()
    erin.save()
    client = sign_in(erin)

    for address in ("/account/second-factor/", "/account/recovery-codes/new/"):
        answer = client.get(address)
        assert answer.status_code == 403
        assert "Sign out, then sign in again" in answer.text
        assert "not for your account" not in answer.text
        assert 'href="/account/">Set a password</a>' in answer.text

    client.post(one_time_link(erin))
    assert client.get("/account/second-factor/").status_code == 200


@pytest.mark.parametrize(("policy", "asked"), [("optional", False), ("operators", False), ("everybody", True)])
def test_the_policy_for_an_editor(sign_in: SignIn, erin: Person, settings: Settings, policy: str, asked: bool) -> None:
    settings.SECOND_FACTOR = policy
    client = sign_in(erin)

    answer = client.get("/")

    assert answer.headers.get("Location") == ("/account/second-factor/" if asked else None)
    assert client.post("/assistants/new/").status_code == (403 if asked else 200)
    assert client.post("/sign-out/").status_code == 302


def test_the_policy_for_an_operator(client: Client, olga: Person, settings: Settings) -> None:
    settings.SECOND_FACTOR = "operators"
    client.post("/sign-in/", {"login": "olga", "password": PASSWORD})
    assert "This site asks for a second factor" in client.get("/people/", follow=True).text
    second_factor(olga)

    assert client.get("/people/").status_code == 200


def test_an_operator_takes_a_lost_one_off(sign_in: SignIn, operator_client: Client, erin: Person) -> None:
    assert "Remove second factor" not in operator_client.get(f"/people/{erin.pk}/").text
    second_factor(erin)
    client = sign_in(erin)
    assert "Remove second factor" in operator_client.get(f"/people/{erin.pk}/").text

    answer = operator_client.post(f"/people/{erin.pk}/second-factor/remove/", follow=True)

    assert "Erin Editor signs in without a second factor next time" in answer.text
    assert client.get("/").status_code == 302, "whoever was in is out"
    assert Client().post("/sign-in/", ENTRANCE).headers["Location"] == "/"


def test_nobody_else_takes_it_off(editor_client: Client, olga: Person) -> None:
    second_factor(olga)

    assert editor_client.post(f"/people/{olga.pk}/second-factor/remove/").status_code == 403
    assert editor_client.post(f"/people/{olga.pk}/sign-out/").status_code == 403
    assert Authenticator.objects.filter(user=olga).count() == 2


def test_the_last_operator_has_lost_it(client: Client, olga: Person) -> None:
    second_factor(olga)
    out = io.StringIO()

    call_command("sign_in_link", "olga", "--without-second-factor", stdout=out)

    link = urlsplit(out.getvalue().strip()).path
    assert client.post(link).headers["Location"] == "/account/"


@pytest.mark.parametrize("address", ["/account/second-factor/", "/account/recovery-codes/", "/account/confirm/"])
def test_pages_are_kept_by_no_browser(client: Client, erin: Person, address: str) -> None:
    second_factor(erin)
    client.post("/sign-in/", ENTRANCE)
    client.post("/sign-in/code/", {"code": code()})

    assert "no-store" in client.get(address, follow=True).headers.get("Cache-Control", "")


def test_it_is_sealed_where_it_is_stored(client: Client, erin: Person, settings: Settings) -> None:
    """And sealed anew with a new key, like every other secret."""
    second_factor(erin)
    before = {each.type: dict(each.data) for each in Authenticator.objects.all()}
    assert SECRET not in str(before)
    assert looks_sealed(before["totp"]["secret"])
    assert looks_sealed(before["recovery_codes"]["seed"])

    settings.SECRETS_KEYS = ["another key, of the tests alone", *settings.SECRETS_KEYS]
    reseal(author=SYSTEM)

    assert Authenticator.objects.get(type="totp").data != before["totp"]
    client.post("/sign-in/", ENTRANCE)
    assert client.post("/sign-in/code/", {"code": code()}).headers["Location"] == "/"


def test_who_confirms_stays_signed_in_though_the_password_is_hashed_anew(
    sign_in: SignIn, erin: Person, settings: Settings
) -> None:
    client = sign_in(erin)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    before = erin.password

    assert client.post("/account/confirm/?next=/account/", {"password": PASSWORD}).headers["Location"] == "/account/"
    erin.refresh_from_db()
    assert erin.password != before
    assert client.get("/").status_code == 200
