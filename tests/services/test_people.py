"""Adding people, operators' rights, and links that sign in once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.db import connection, transaction
from django.utils import timezone

from assistants_app.domain.errors import ProductError
from assistants_app.domain.people_errors import InvalidPerson, LastOperatorKept, LinkSpent, NameTaken, PersonNotFound
from assistants_app.models import Person
from assistants_app.services import people
from assistants_app.services.authors import SYSTEM
from assistants_app.services.people import (
    add_person,
    make_first_operator,
    one_time_link,
    person_of_link,
    set_active,
    set_operator,
    spend_link,
)
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db


def token_of(person: Person) -> str:
    return one_time_link(person).strip("/").split("/")[-1]


def test_the_first_operator_is_made_once() -> None:
    first = make_first_operator()

    assert first is not None
    assert (first.username, first.is_superuser, first.is_staff) == ("operator", True, True)
    assert not first.has_usable_password()
    assert make_first_operator(username="other") is None


def test_the_first_operator_may_have_a_password() -> None:
    assert make_first_operator(username="root", password=PASSWORD) is not None
    assert authenticate(username="root", password=PASSWORD) is not None


def test_a_site_whose_operators_cannot_sign_in_gets_one(olga: Person) -> None:
    Person.objects.update(is_active=False)

    assert make_first_operator() is not None


def test_adding_works() -> None:
    person = add_person(author=SYSTEM, username=" amy ", full_name="Amy van Dyke", email="amy@example.org")

    assert (person.username, str(person), person.email) == ("amy", "Amy van Dyke", "amy@example.org")
    assert not person.is_superuser


@pytest.mark.parametrize("name", ["erin", "ERIN"])
def test_a_taken_name_is_refused(erin: Person, name: str) -> None:
    with pytest.raises(NameTaken):
        add_person(author=SYSTEM, username=name)


@pytest.mark.parametrize(
    ("name", "full_name", "email"),
    [
        ("", "", ""),
        ("a b", "", ""),
        ("x" * 151, "", ""),
        ("a\0", "", ""),
        ("a", "B\0", ""),
        ("a", "B " + "x" * 151, ""),
        ("a", "", "no"),
    ],
)
def test_what_cannot_be_kept_is_refused(name: str, full_name: str, email: str) -> None:
    with pytest.raises(InvalidPerson) as refused:
        add_person(author=SYSTEM, username=name, full_name=full_name, email=email)

    assert refused.value.message
    assert not Person.objects.exists()


def test_a_link_works_once(erin: Person) -> None:
    token = token_of(erin)

    assert person_of_link(token) == erin, "looking does not spend it"
    assert spend_link(token) == erin
    with pytest.raises(LinkSpent):
        spend_link(token)


def test_one_link_spends_all_of_that_person(erin: Person, ben: Person) -> None:
    first, second, other = token_of(erin), token_of(erin), token_of(ben)
    spend_link(first)

    with pytest.raises(LinkSpent):
        spend_link(second)
    assert spend_link(other) == ben


def test_a_new_password_spends_a_link(erin: Person) -> None:
    token = token_of(erin)
    erin.set_password("another one")
    erin.save()

    with pytest.raises(LinkSpent):
        spend_link(token)


def test_a_link_grows_old(erin: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_of(erin)
    monkeypatch.setattr(people, "LINK_LIFETIME", timedelta(seconds=-1))

    with pytest.raises(LinkSpent):
        person_of_link(token)


def test_a_deactivated_person_has_no_link(erin: Person) -> None:
    token = token_of(erin)
    set_active(pk=erin.pk, active=False, author=SYSTEM)

    with pytest.raises(LinkSpent):
        spend_link(token)


@pytest.mark.parametrize("token", ["", "x", "a:b:c", "W10:1tC0:abc", "ä" * 50, "x" * 5000])
def test_a_forged_link_is_refused(token: str) -> None:
    with pytest.raises(LinkSpent):
        spend_link(token)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_click_at_once_one_gets_in(erin: Person) -> None:
    token = token_of(erin)
    outcomes: list[str] = []
    ready = threading.Barrier(4)

    def click() -> None:
        ready.wait()
        try:
            spend_link(token)
            outcomes.append("in")
        except LinkSpent:
            outcomes.append("late")
        finally:
            connection.close()

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()

    assert sorted(outcomes) == ["in", "late", "late", "late"]


@pytest.mark.django_db(transaction=True)
def test_a_link_that_is_spent_while_one_waits_is_spent(erin: Person) -> None:
    """Who is late saw the link unspent before waiting for the lock, and must look again behind it."""
    token = token_of(erin)

    def click() -> str:
        try:
            spend_link(token)
        except LinkSpent:
            return "late"
        finally:
            connection.close()
        return "in"

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            spend_link(token)
            late = pool.submit(click)
            _until_somebody_waits()
        assert late.result() == "late"


def _until_somebody_waits() -> None:
    """For a lock, on PostgreSQL; on SQLite whoever is late waits before the first look."""
    deadline = time.monotonic() + 20
    while connection.vendor == "postgresql" and time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    assert connection.vendor == "sqlite"


def test_operators_come_and_go(olga: Person, erin: Person) -> None:
    assert set_operator(pk=erin.pk, operator=True, author=SYSTEM).is_staff
    assert not set_operator(pk=olga.pk, operator=False, author=SYSTEM).is_superuser


@pytest.mark.parametrize(
    "change",
    [
        lambda pk: set_active(pk=pk, active=False, author=SYSTEM),
        lambda pk: set_operator(pk=pk, operator=False, author=SYSTEM),
    ],
)
def test_the_last_operator_stays(olga: Person, erin: Person, change: object) -> None:
    set_operator(pk=erin.pk, operator=True, author=SYSTEM)
    set_active(pk=erin.pk, active=False, author=SYSTEM)

    with pytest.raises(LastOperatorKept):
        change(olga.pk)  # type: ignore[operator]
    olga.refresh_from_db()
    assert olga.is_active
    assert olga.is_superuser


@pytest.mark.django_db(transaction=True)
def test_two_operators_cannot_remove_each_other(olga: Person, erin: Person) -> None:
    set_operator(pk=erin.pk, operator=True, author=SYSTEM)
    ready = threading.Barrier(2)
    outcomes: list[str] = []

    def remove(pk: int) -> None:
        ready.wait()
        try:
            set_operator(pk=pk, operator=False, author=SYSTEM)
            outcomes.append("removed")
        except ProductError:
            outcomes.append("kept")
        finally:
            connection.close()

    both = [threading.Thread(target=remove, args=[person.pk]) for person in (olga, erin)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert sorted(outcomes) == ["kept", "removed"]
    assert Person.objects.filter(is_superuser=True).count() == 1


def test_nobody_is_nobody() -> None:
    with pytest.raises(PersonNotFound):
        set_active(pk=1, active=True, author=SYSTEM)


def test_a_person_signs_in_by_link_without_a_password(olga: Person) -> None:
    person = add_person(author=SYSTEM, username="amy")
    before = timezone.now()

    assert spend_link(token_of(person)) == person
    person.refresh_from_db()
    assert person.last_login is not None
    assert person.last_login >= before
