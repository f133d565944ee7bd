"""The second factors of people: whether they have one, must have one, and how an operator takes a lost one away."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from assistants_app.domain.errors import SecretNotOpened
from assistants_app.domain.people_errors import PersonNotFound
from assistants_app.domain.sealed import Sealed, looks_sealed
from assistants_app.models import Person
from assistants_app.services import audit, letters
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.rights import require_operator
from assistants_app.services.secrets import keys, opened
from assistants_app.services.sessions import end_all_sessions


def seal(text: str) -> str:
    """What an authenticator app knows too, as it is stored."""
    return str(keys()[0].seal(text))


def unseal(text: str) -> str:
    """Also of what was stored as it is, by an older version. Raises SecretNotOpened."""
    return str(opened(Sealed(text))) if looks_sealed(text) else text


def resealed(data: dict[str, Any]) -> dict[str, Any]:
    """The data of an authenticator, sealed by the newest key; what cannot be opened stays as it is."""
    return {name: _resealed(value) if name in ("secret", "seed") else value for name, value in data.items()}


def _resealed(text: str) -> Sealed:
    try:
        return Sealed(seal(unseal(text)))
    except SecretNotOpened:
        return Sealed(text)


def has_second_factor(person: Person) -> bool:
    return bool(Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists())


def with_second_factor(people: QuerySet[Person]) -> QuerySet[Person]:
    """Each with `has_second_factor`, by the same query."""
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    return people.annotate(has_second_factor=Exists(factors))


def needs_second_factor(person: Person) -> bool:
    """Whether the policy asks for one that is not there yet."""
    asked = settings.SECOND_FACTOR == "everybody" or (settings.SECOND_FACTOR == "operators" and person.is_superuser)
    return asked and not has_second_factor(person)


def take_second_factor(*, pk: int, author: Author) -> Person:
    """For who has lost it: the next sign-in asks for none, and those that are going on end.

    Raises NotAllowed, PersonNotFound.
    """
    require_operator(author)
    with transaction.atomic():
        person = Person.objects.filter(pk=pk).first()
        if person is None:
            raise PersonNotFound
        if has_second_factor(person):
            letters.tell(letters.FACTOR_REMOVED, person)
        Authenticator.objects.filter(user=person).delete()
        audit.record(Action.SECOND_FACTOR_REMOVED, author=author, kind=ObjectKind.PERSON, id=pk, name=str(person))
        return end_all_sessions(pk=pk, author=author)
