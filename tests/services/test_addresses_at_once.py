"""Of two people who make the same e-mail address theirs at the same moment, one gets it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from assistants_app.domain.people_errors import LinkSpent
from assistants_app.models import Person
from assistants_app.services import letters
from assistants_app.services.own_data import prove_address
from assistants_app.services.single_sign_on import person_of_address

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("mail")]

NEW = "team@new.example.org"


def prove(person: Person, address: str = NEW) -> Person:
    return prove_address(person=person, token=letters.token(letters.ADDRESS, person, address), session_key="")


def after(first: Person, second: Callable[[], Person]) -> Person:
    """What `second` comes to, begun before the first one's proof is committed, and held up until it is."""

    def begun() -> Person:
        try:
            return second()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            prove(first)
            waiting = pool.submit(begun)
            with pytest.raises(StillWaiting):
                waiting.result(0.5)
        return waiting.result(10)


def test_two_proofs(erin: Person, ben: Person) -> None:
    with pytest.raises(LinkSpent):
        after(erin, lambda: prove(ben, NEW.upper()))
    assert list(Person.objects.filter(email__iexact=NEW)) == [erin]


def test_another_address_is_not_held_up(erin: Person, ben: Person) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("there all wait for all")
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        after(erin, lambda: prove(ben, f"else-{NEW}"))
    assert Person.objects.get(pk=ben.pk).email == f"else-{NEW}"


def test_a_proof_and_somebody_new_by_single_sign_on(erin: Person, settings: Settings) -> None:
    settings.OIDC_DOMAINS = ["new.example.org"]
    assert after(erin, lambda: person_of_address(email=NEW, verified=True, full_name="Team")) == erin
    assert Person.objects.filter(email__iexact=NEW).count() == 1


def test_one_address_that_several_people_were_given_stays(erin: Person, ben: Person, olga: Person) -> None:
    """As operators do for a team: who has it keeps it, and nobody else gets it by a proof."""
    Person.objects.filter(pk__in=(ben.pk, olga.pk)).update(email=NEW)
    with pytest.raises(LinkSpent):
        prove(erin)
    assert Person.objects.filter(email=NEW).count() == 2
