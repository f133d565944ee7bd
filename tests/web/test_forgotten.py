"""A forgotten password: a letter, a link that works once, and nobody is told who is here."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from assistants_app.models import AuditEntry, Delivery, Person
from assistants_app.models.audit import Action
from assistants_app.services import letters
from assistants_app.services.authors import SYSTEM
from assistants_app.services.forgotten import MOST_PEOPLE
from assistants_app.services.people import add_person, choose_language
from tests.letters import link_in
from tests.people import PASSWORD, SignIn
from tests.web.codes import code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail")]

NEW = "two ducks on the lake"
BOTH = {"new_password1": NEW, "new_password2": NEW}


def asked(client: Client, name: str) -> list[Delivery]:
    """The letters that come of it, after an answer that is always the same."""
    answer = client.post("/sign-in/forgotten/", {"asked": name})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/forgotten/?sent")
    return list(Delivery.objects.order_by("pk"))


def test_it_works(client: Client, erin: Person, sign_in: SignIn) -> None:
    signed_in = sign_in(erin)
    assert signed_in.get("/").status_code == 200
    assert 'href="/sign-in/forgotten/"' in client.get("/sign-in/").text
    (delivery,) = asked(client, "ERIN")
    assert delivery.address == "erin@example.org"

    link = link_in(delivery)
    for _preview in range(2):
        assert "For erin." in client.get(link).text
    answer = client.post(link, BOTH, follow=True)

    assert "Your new password is set." in answer.text
    assert client.get("/").status_code == 302, "signing in comes after"
    assert signed_in.get("/").status_code == 302, "who was signed in is out"
    assert client.post("/sign-in/", {"login": "erin", "password": PASSWORD}).status_code == 200
    assert client.post("/sign-in/", {"login": "erin", "password": NEW}).status_code == 302
    told = AuditEntry.objects.filter(object_id=str(erin.pk)).values_list("action", "who_kind")
    assert {(Action.PASSWORD_LINK_ASKED, "stranger"), (Action.PASSWORD_CHANGED, "person")} <= set(told)


def test_by_the_address(client: Client, erin: Person, ben: Person) -> None:
    """Of several people with one address each gets a letter."""
    for number in range(MOST_PEOPLE):
        Person.objects.create_user(f"team{number}", "ERIN@example.org", PASSWORD)
    found = asked(client, " Erin@Example.org ")
    assert len(found) == MOST_PEOPLE
    assert {one.payload["person"] for one in found if isinstance(one.payload, dict)} >= {erin.pk}
    assert len({link_in(one) for one in found}) == MOST_PEOPLE


def test_who_gets_nothing(client: Client, erin: Person, ben: Person, olga: Person) -> None:
    """And the answer is the same."""
    Person.objects.filter(pk=olga.pk).update(is_active=False)
    add_person(username="sso@example.org", email="sso@example.org", author=SYSTEM)  # as single sign-on adds people
    client.post("/sign-in/", {"login": "x", "password": "x"})
    for name in (
        "nobody",
        "nobody@example.org",
        "ben",
        "olga",
        "olga@example.org",
        "sso@example.org",
        "a\0b",
        "%",
        "_",
    ):
        answer = Client().post("/sign-in/forgotten/", {"asked": name}, REMOTE_ADDR=f"203.0.113.{len(name)}")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/forgotten/?sent")
    assert not Delivery.objects.exists()
    assert AuditEntry.objects.filter(action=Action.PASSWORD_LINK_ASKED, object_id="").exists()


def test_it_takes_as_long_for_nobody(client: Client, erin: Person) -> None:
    """The letter is written and sent elsewhere: what is left is one statement, to keep it."""
    statements = {}
    for name in ("warm", "nobody", "erin"):
        with CaptureQueriesContext(connection) as captured:
            asked(client, name)
        statements[name] = len(captured)
    assert statements["erin"] - statements["nobody"] == 1


def test_it_works_once(client: Client, erin: Person) -> None:
    links = [link_in(one) for one in asked(client, "erin") + asked(client, "erin")]
    assert client.post(links[0], BOTH).status_code == 302
    for link in links:
        for answer in (client.get(link), client.post(link, BOTH)):
            assert answer.status_code == 410
            assert "This link is spent" in answer.text


@pytest.mark.parametrize("what", ["signed in", "other address", "deactivated", "too late", "of another", "broken"])
def test_when_it_ends(client: Client, erin: Person, ben: Person, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (delivery,) = asked(client, "erin")
    link = link_in(delivery)
    match what:
        case "signed in":
            Client().post("/sign-in/", {"login": "erin", "password": PASSWORD})
        case "other address":
            Person.objects.filter(pk=erin.pk).update(email="else@example.org")
        case "deactivated":
            Person.objects.filter(pk=erin.pk).update(is_active=False)
        case "too late":
            monkeypatch.setattr(letters, "LIFETIME", timedelta(seconds=-1))
        case "of another":
            link = f"/sign-in/forgotten/{letters.token('another', erin, erin.email)}/"
        case "broken":
            link = link[:-3] + "x/"
    assert client.post(link, BOTH).status_code == 410
    erin.refresh_from_db()
    assert erin.check_password(PASSWORD)


@pytest.mark.parametrize("what", ["address", "deactivated", "late", "off", "gone"])
def test_a_letter_that_is_not_sent_any_more(client: Client, erin: Person, settings: Settings, what: str) -> None:
    (delivery,) = asked(client, "erin")
    assert letters.written(delivery) is not None
    match what:
        case "address":
            Person.objects.filter(pk=erin.pk).update(email="else@example.org")
        case "deactivated":
            Person.objects.filter(pk=erin.pk).update(is_active=False)
        case "late":
            delivery.made_at = timezone.now() - timedelta(hours=1, seconds=1)
        case "off":
            settings.SITE_URL = ""
        case "gone":
            delivery.payload = None
    assert letters.written(delivery) is None


def test_no_link_is_kept(client: Client, erin: Person) -> None:
    (delivery,) = asked(client, "erin")
    link = link_in(delivery)
    delivery.refresh_from_db()
    assert (delivery.body, delivery.subject) == ("", "")
    assert link.split("/")[-2] not in str(delivery.payload)


def test_a_host_of_a_stranger_is_not_in_it(client: Client, erin: Person, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client.post("/sign-in/forgotten/", {"asked": "erin"}, headers={"host": "evil.example"})
    letter = letters.written(Delivery.objects.get())
    assert letter is not None
    assert "evil.example" not in letter.body


def test_it_is_throttled(client: Client, erin: Person) -> None:
    """By name, whether there is anybody or not, in the database, so for all processes; and by address."""
    for name in ("erin", "nobody"):
        found = [
            client.post("/sign-in/forgotten/", {"asked": name}, REMOTE_ADDR=f"203.0.113.{number}").status_code
            for number in range(6)
        ]
        assert found == [302] * 5 + [429], name
    assert Delivery.objects.count() == 5
    many = [client.post("/sign-in/forgotten/", {"asked": f"n{number}"}).status_code for number in range(11)]
    assert many == [302] * 10 + [429]


def test_who_failed_too_often_signs_in_with_the_new_one(client: Client, erin: Person) -> None:
    for _time in range(6):
        client.post("/sign-in/", {"login": "Erin", "password": "wrong"})
    assert "too often" in client.post("/sign-in/", {"login": "erin", "password": PASSWORD}).text
    client.post(link_in(asked(client, "erin")[0]), BOTH)

    assert client.post("/sign-in/", {"login": "erin", "password": NEW}).status_code == 302


def test_the_second_factor_is_asked_for(client: Client, erin: Person, sign_in: SignIn) -> None:
    signed_in = Client()
    signed_in.post("/sign-in/", {"login": "erin", "password": PASSWORD})
    secret = signed_in.get("/account/second-factor/").context["form"].secret
    assert signed_in.post("/account/second-factor/", {"code": code(secret)}).status_code == 302
    client.post(link_in(asked(client, "erin")[0]), BOTH)

    answer = client.post("/sign-in/", {"login": "erin", "password": NEW})
    assert answer.headers["Location"].startswith("/sign-in/code/")
    assert client.get("/").status_code == 302


def test_a_weak_password_is_refused_and_the_link_stays(client: Client, erin: Person) -> None:
    link = link_in(asked(client, "erin")[0])
    for weak in (
        {"new_password1": "12345", "new_password2": "12345"},
        {"new_password1": NEW, "new_password2": "x"},
        {},
    ):
        assert client.post(link, weak).status_code == 422
    assert client.post(link, BOTH).status_code == 302


@pytest.mark.parametrize("name", ["", "  ", "x" * 255])
def test_nothing_to_look_for(client: Client, name: str) -> None:
    answer = client.post("/sign-in/forgotten/", {"asked": name})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize("missing", ["EMAIL_HOST", "SITE_URL"])
def test_without_mail_there_is_none(client: Client, erin: Person, settings: Settings, missing: str) -> None:
    link = link_in(asked(client, "erin")[0])
    setattr(settings, missing, "")
    assert "/sign-in/forgotten/" not in client.get("/sign-in/").text
    assert "or the password is lost?" in client.get("/sign-in/").text
    for answer in (client.get("/sign-in/forgotten/"), client.post("/sign-in/forgotten/", {"asked": "erin"})):
        assert answer.status_code == 404
    assert client.post(link, BOTH).status_code == 404


def test_where_single_sign_on_is_the_only_way_there_is_none(client: Client, settings: Settings) -> None:
    settings.OIDC_ONLY = True
    assert client.get("/sign-in/forgotten/").status_code == 404


def test_in_the_language_of_its_reader(client: Client, erin: Person) -> None:
    """The one they chose; else that of the page."""
    client.post("/sign-in/forgotten/", {"asked": "erin"}, headers={"accept-language": "de"})
    choose_language(person=erin, language="en")
    client.post("/sign-in/forgotten/", {"asked": "erin"}, headers={"accept-language": "de"})
    told = [one.payload["language"] for one in Delivery.objects.order_by("pk") if isinstance(one.payload, dict)]
    assert told == ["de", "en"]


def test_it_needs_its_token_and_is_not_cached(client: Client, erin: Person) -> None:
    link = link_in(asked(client, "erin")[0])
    assert Client(enforce_csrf_checks=True).post(link, BOTH).status_code == 403
    assert Client(enforce_csrf_checks=True).post("/sign-in/forgotten/", {"asked": "erin"}).status_code == 403
    assert "no-store" in client.get(link).headers["Cache-Control"]
