"""One's own name and e-mail address: changed by oneself, the address by who reads what comes to it."""

from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django import Settings

from assistants_app.models import AuditEntry, Delivery, Person
from assistants_app.models.audit import Action
from assistants_app.services import letters
from assistants_app.services.people import one_time_link
from tests.letters import link_in
from tests.people import PASSWORD, SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail")]

NEW = "erin@new.example.org"


@pytest.fixture
def client(erin: Person) -> Client:
    """Erin, who has just signed in."""
    client = Client()
    assert client.post("/sign-in/", {"login": "erin", "password": PASSWORD}).status_code == 302
    return client


def asked(client: Client, address: str = NEW) -> str:
    """The link in the letter."""
    answer = client.post("/account/address/", {"email": address})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/address/?sent")
    return link_in(Delivery.objects.filter(event=letters.ADDRESS).latest("pk"))


def address_of(person: Person) -> str:
    return Person.objects.values_list("email", flat=True).get(pk=person.pk)


def test_it_works(client: Client, erin: Person) -> None:
    elsewhere = Client()
    elsewhere.post("/sign-in/", {"login": "erin", "password": PASSWORD})
    assert 'href="/account/address/"' in client.get("/account/").text
    link = asked(client)
    assert "a letter with a link is on its way" in client.get("/account/address/?sent").text
    assert address_of(erin) == "erin@example.org", "until the link is opened"
    assert NEW in client.get(link).text

    answer = client.post(link, follow=True)

    assert f"Your e-mail address is {NEW} now." in answer.text
    assert address_of(erin) == NEW
    assert elsewhere.get("/").status_code == 302, "signed out elsewhere"
    notice = Delivery.objects.latest("pk")
    assert (notice.event, notice.address) == (letters.ADDRESS_CHANGED, "erin@example.org")
    entries = AuditEntry.objects.filter(object_id=str(erin.pk), face="page")
    assert entries.get(action=Action.ADDRESS_ASKED).after == {"address": NEW, "letter": True}
    changed = entries.get(action=Action.PERSON_CHANGED)
    assert (changed.before, changed.after, changed.who) == (
        {"email": "erin@example.org"},
        {"email": NEW},
        "Erin Editor",
    )


def test_a_name(client: Client, erin: Person) -> None:
    assert 'value="Erin Editor"' in client.get("/account/name/").text
    assert client.post("/account/name/", {"full_name": "  Erin   van  der Berg "}).status_code == 302
    erin.refresh_from_db()
    assert (erin.first_name, erin.last_name) == ("Erin", "van der Berg")
    assert "Erin van der Berg" in client.get("/account/").text
    entry = AuditEntry.objects.get(action=Action.PERSON_CHANGED)
    assert (entry.before, entry.after) == ({"name": "Erin Editor"}, {"name": "Erin van der Berg"})
    client.post("/account/name/", {"full_name": "Erin van der Berg"})
    assert AuditEntry.objects.filter(action=Action.PERSON_CHANGED).count() == 1, "nothing changed"
    assert client.post("/account/name/", {"full_name": ""}).status_code == 302
    assert str(Person.objects.get(pk=erin.pk)) == "erin"


@pytest.mark.parametrize(
    "name", ["a\0b", "Er\u202ein", "Erin\x1b[31m", "x" * 151, f"Erin {'x' * 151}", "a\u2028b", "a\nb"]
)
def test_what_is_no_name(client: Client, erin: Person, name: str) -> None:
    answer = client.post("/account/name/", {"full_name": name})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'id="id_full_name_error"' in answer.text
    erin.refresh_from_db()
    assert erin.first_name == "Erin"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "erin",
        "erin@",
        "a\0@example.org",
        "erin@example.org",
        "ab@example.org\nBcc: c@example.org",
        f"{'x' * 250}@example.org",
        "a@exam\u202eple.org",
    ],
)
def test_what_is_no_address(client: Client, address: str) -> None:
    answer = client.post("/account/address/", {"email": address})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("address", ["olga@example.org", "OLGA@Example.org"])
def test_somebody_elses_is_refused_without_a_word(client: Client, erin: Person, olga: Person, address: str) -> None:
    taken = client.post("/account/address/", {"email": address})
    free = client.post("/account/address/", {"email": NEW})
    assert [(answer.status_code, answer.headers["Location"]) for answer in (taken, free)] == [
        (302, "/account/address/?sent")
    ] * 2
    assert [letter.address for letter in Delivery.objects.all()] == [NEW]
    assert AuditEntry.objects.filter(action=Action.ADDRESS_ASKED, after__icontains='"letter": false').count() == 1


def test_only_upper_and_lower_case(client: Client, erin: Person) -> None:
    assert client.post(asked(client, "Erin@Example.org")).status_code == 302
    assert address_of(erin) == "Erin@Example.org"


def test_the_password_is_asked_for(client: Client, erin: Person) -> None:
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": 1.0, "username": "erin"}]
    session.save()
    for answer in (client.get("/account/address/"), client.post("/account/address/", {"email": NEW})):
        assert answer.headers["Location"].startswith("/account/confirm/?next=")
    assert not Delivery.objects.exists()
    assert client.post("/account/confirm/", {"password": PASSWORD}).status_code == 302
    assert client.get("/account/address/").status_code == 200


@pytest.mark.parametrize("what", ["used", "password", "signed out", "late", "of another", "broken", "taken", "off"])
def test_when_a_link_ends(
    client: Client, erin: Person, ben: Person, settings: Settings, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, before = asked(client), "erin@example.org"
    match what:
        case "used":
            before = NEW
            client.post(link)
        case "password":
            erin.set_password("two ducks on the lake")
            erin.save(update_fields=["password"])
            client.post("/sign-in/", {"login": "erin", "password": "two ducks on the lake"})
        case "signed out":
            client.post("/account/places/end-others/")
        case "late":
            monkeypatch.setattr(letters, "LIFETIME", timedelta(seconds=-1))
        case "of another":
            client.post("/sign-out/")
            client.post("/sign-in/", {"login": "ben", "password": PASSWORD})
        case "broken":
            link = link[:-3] + "x/"
        case "taken":
            Person.objects.filter(pk=ben.pk).update(email=NEW.upper())
        case "off":
            settings.SITE_URL = ""
    for answer in (client.get(link), client.post(link)):
        assert answer.status_code == 410
        assert "This link is spent" in answer.text
    assert (address_of(erin), address_of(ben)) == (before, NEW.upper() if what == "taken" else "")


def test_there_and_back_again(client: Client, erin: Person) -> None:
    """A link of before is not good again because the address is."""
    links = [asked(client), asked(client)]
    client.post(links[0])
    client.post(asked(client, "erin@example.org"))
    assert address_of(erin) == "erin@example.org"
    assert client.post(links[1]).status_code == 410


def test_on_another_device(client: Client, erin: Person) -> None:
    link, phone = asked(client), Client()
    assert phone.get(link).headers["Location"].startswith("/sign-in/")
    phone.post("/sign-in/", {"login": "erin", "password": PASSWORD})
    assert phone.post(link).status_code == 302
    assert address_of(erin) == NEW


def test_it_is_throttled(client: Client) -> None:
    found = [client.post("/account/address/", {"email": f"e{n}@example.org"}).status_code for n in range(6)]
    assert found == [302] * 5 + [429]


@pytest.mark.parametrize("missing", ["EMAIL_HOST", "SITE_URL"])
def test_without_mail_operators_change_it(client: Client, settings: Settings, missing: str) -> None:
    setattr(settings, missing, "")
    page = client.get("/account/").text
    assert "Only an operator changes it" in page
    assert 'href="/account/address/"' not in page
    assert client.post("/account/address/", {"email": NEW}).headers["Location"] == "/account/"
    assert not Delivery.objects.exists()


def test_who_signs_in_elsewhere(client: Client, erin: Person, sign_in: SignIn, settings: Settings) -> None:
    settings.OIDC_NAME = "Company login"
    erin.set_unusable_password()
    erin.save()
    SocialAccount.objects.create(user=erin, provider="openid_connect", uid="1")
    client = sign_in(erin)
    assert "Company login knows you by this address." in client.get("/account/").text
    for answer in (client.get("/account/address/"), client.post("/account/address/", {"email": NEW})):
        assert answer.headers["Location"] == "/account/"
    assert not Delivery.objects.exists()


def test_who_came_by_a_link_of_an_operator(erin: Person) -> None:
    """Who has no password yet may still say where letters go: they have just proved who they are."""
    erin.set_unusable_password()
    erin.save()
    client = Client()
    client.post(one_time_link(erin))
    assert client.post(asked(client)).status_code == 302
    assert address_of(erin) == NEW
