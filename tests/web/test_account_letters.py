"""A letter tells people what became of their account: whoever changed it, wherever there is a mail server."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from assistants_app.models import Delivery, Person
from assistants_app.services import letters
from assistants_app.services.people import choose_language
from tests.people import PASSWORD
from tests.web.codes import SECRET, code, second_factor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail")]

NEW = "two ducks on the lake"
BOTH = {"new_password1": NEW, "new_password2": NEW}


@pytest.fixture
def client(erin: Person) -> Client:
    """Erin, who has just signed in."""
    client = Client()
    client.post("/sign-in/", {"login": "erin", "password": PASSWORD})
    return client


def told() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("pk").values_list("event", "address"))


def test_it_works(client: Client, erin: Person) -> None:
    client.post("/account/", {"old_password": PASSWORD, **BOTH})
    assert told() == [(letters.PASSWORD_CHANGED, "erin@example.org")]
    letter = letters.written(Delivery.objects.get())
    assert letter is not None
    assert letter.subject == "Your account at Assistants was changed"
    assert "The password of your account erin was changed." in letter.body
    assert "UTC" in letter.body
    assert letter.body.rstrip().endswith("https://assistants.example.org/account/")


def test_the_link_of_a_letter(erin: Person) -> None:
    path = f"/sign-in/forgotten/{letters.token(letters.FORGOTTEN, erin, erin.email)}/"
    assert Client().post(path, BOTH).status_code == 302
    assert told() == [(letters.PASSWORD_CHANGED, "erin@example.org")]


@pytest.mark.django_db(transaction=True)
def test_a_second_factor(client: Client, erin: Person) -> None:
    """Once for each step, its recovery codes included."""
    secret = client.get("/account/second-factor/").context["form"].secret
    client.post("/account/second-factor/", {"code": code(secret)})
    client.post("/account/recovery-codes/new/")
    client.post("/account/second-factor/remove/")
    assert [event for event, _address in told()] == [letters.FACTOR_ADDED, letters.CODES_MADE, letters.FACTOR_REMOVED]


def by_an_operator(operator: Client, erin: Person) -> None:
    operator.post(f"/people/{erin.pk}/second-factor/remove/")


def by_command(_operator: Client, erin: Person) -> None:
    call_command("sign_in_link", "erin", "--without-second-factor")


@pytest.mark.parametrize("take", [by_an_operator, by_command])
def test_somebody_else_takes_it(operator_client: Client, erin: Person, take: Callable[[Client, Person], None]) -> None:
    take(operator_client, erin)
    assert told() == [], "there was none"
    second_factor(erin)
    take(operator_client, erin)
    assert told() == [(letters.FACTOR_REMOVED, "erin@example.org")]


def test_an_operator_changes_name_and_address(operator_client: Client, erin: Person) -> None:
    page = f"/admin/assistants_app/person/{erin.pk}/change/"
    given = {"username": "erin2", "first_name": "Erin", "last_name": "Editor", "email": "e@example.org"}
    assert operator_client.post(page, given).status_code == 302
    assert told() == [(letters.NAME_CHANGED, "e@example.org"), (letters.ADDRESS_CHANGED, "erin@example.org")]
    bodies = [letter.body for one in Delivery.objects.order_by("pk") if (letter := letters.written(one))]
    assert "it is erin2 now" in bodies[0]
    assert "this one is it no more" in bodies[1]


@pytest.mark.parametrize("without", ["a mail server", "an address"])
def test_nobody_can_be_told(client: Client, erin: Person, settings: Settings, without: str) -> None:
    """Then it is changed all the same."""
    if without == "an address":
        Person.objects.filter(pk=erin.pk).update(email="")
    else:
        settings.EMAIL_HOST = ""
    client.post("/account/", {"old_password": PASSWORD, **BOTH})
    assert told() == []
    erin.refresh_from_db()
    assert erin.check_password(NEW)


def test_without_the_address_of_the_site(client: Client, settings: Settings) -> None:
    settings.SITE_URL = ""
    client.post("/account/", {"old_password": PASSWORD, **BOTH})
    letter = letters.written(Delivery.objects.get())
    assert letter is not None
    assert "://" not in letter.body


def test_what_is_refused_tells_nothing(client: Client) -> None:
    assert client.post("/account/", {"old_password": "wrong", **BOTH}).status_code == 422
    client.get("/account/second-factor/")
    assert client.post("/account/second-factor/", {"code": code(SECRET)}).status_code == 200
    assert told() == []


def test_it_is_told_to_who_cannot_sign_in_any_more(client: Client, erin: Person) -> None:
    """And in their own language, however late."""
    choose_language(person=erin, language="de")
    client.post("/account/", {"old_password": PASSWORD, **BOTH})
    Person.objects.filter(pk=erin.pk).update(is_active=False)
    delivery = Delivery.objects.get()
    assert letters.written(delivery) is not None
    assert isinstance(delivery.payload, dict)
    assert delivery.payload["language"] == "de"
    delivery.payload = {"person": 0}
    assert letters.written(delivery) is None
