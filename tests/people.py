"""The fixed cast. Olga runs the site; Erin and Ben shape all assistants, and make them live."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from assistants_app.models import Grant, Person, Role

PASSWORD = "a long walk by the sea"

SignIn = Callable[[Person], Client]


def publisher(**more: Any) -> Person:
    """Somebody who may change all assistants and make them live."""
    return granted(Role.PUBLISHER, **more)


def granted(role: Role | None, **more: Any) -> Person:
    """Somebody with this role for all assistants; with none they see nothing."""
    person = Person.objects.create_user(**more)
    if role is not None:
        Grant.objects.create(person=person, role=role)
    return person


@pytest.fixture
def olga(db: None) -> Person:
    """The operator."""
    return Person.objects.create_superuser(
        username="olga", email="olga@example.org", password=PASSWORD, first_name="Olga", last_name="Operator"
    )


@pytest.fixture
def erin(db: None) -> Person:
    """Somebody who may change and publish everything, and is no operator."""
    return publisher(username="erin", password=PASSWORD, first_name="Erin", last_name="Editor")


@pytest.fixture
def ben(db: None) -> Person:
    """Another one."""
    return publisher(username="ben", password=PASSWORD, first_name="Ben", last_name="Brown")


@pytest.fixture
def sign_in() -> SignIn:
    """`sign_in(erin).get(…)`: Django's client with that person signed in."""

    def signed_in(person: Person) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return signed_in


@pytest.fixture
def operator_client(olga: Person, sign_in: SignIn) -> Client:
    return sign_in(olga)


@pytest.fixture
def editor_client(erin: Person, sign_in: SignIn) -> Client:
    return sign_in(erin)
