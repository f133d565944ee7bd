"""The fixed cast. Olga runs the site; Erin and Ben shape assistants."""

from collections.abc import Callable

import pytest
from django.test import Client

from assistants_app.models import Person

PASSWORD = "a long walk by the sea"

SignIn = Callable[[Person], Client]


@pytest.fixture
def olga(db: None) -> Person:
    """The operator."""
    return Person.objects.create_superuser(
        username="olga", email="olga@example.org", password=PASSWORD, first_name="Olga", last_name="Operator"
    )


@pytest.fixture
def erin(db: None) -> Person:
    """An editor."""
    return Person.objects.create_user(username="erin", password=PASSWORD, first_name="Erin", last_name="Editor")


@pytest.fixture
def ben(db: None) -> Person:
    """Another editor."""
    return Person.objects.create_user(username="ben", password=PASSWORD, first_name="Ben", last_name="Brown")


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
