"""Forgotten passwords: a letter with a link, and the new password that who reads it sets.

Nobody is told who is here: what is asked for a name that is unknown is answered as it is for any other, and takes as
long, for the letter is written and sent by the engine. No letter gets who is deactivated, and who never had a password
(they come by single sign-on, or by the link of an operator).
"""

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from assistants_app.domain.json_values import text_fault
from assistants_app.models import Person
from assistants_app.services import audit, letters
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.refusals import record_unanswered_link
from assistants_app.services.sessions import end_all_sessions

MOST_PEOPLE = 5
"""With one address: each gets a letter."""


def is_offered() -> bool:
    return letters.can_be_sent() and not settings.OIDC_ONLY


def ask_for_link(*, asked: str, language: str) -> None:
    """A letter to whoever has this sign-in name or address, if anybody."""
    with transaction.atomic():
        found = _people(asked)
        letters.keep(letters.FORGOTTEN, found, language=language)
        for person in found:
            audit.record(
                Action.PASSWORD_LINK_ASKED,
                author=audit.nobody(asked),
                kind=ObjectKind.PERSON,
                id=person.pk,
                name=str(person),
                after={"to": person.email},
            )
        if not found:
            record_unanswered_link(name=asked)


def set_forgotten_password(*, token: str, password: str) -> Person:
    """Spends the link. Whoever is signed in with the old password is out. Raises LinkSpent."""
    with transaction.atomic():
        pk = letters.reader_of(letters.FORGOTTEN, token)[0].pk
        Person.objects.select_for_update().get(pk=pk)
        person, address = letters.reader_of(letters.FORGOTTEN, token)  # behind the lock: of two at a time one is late
        person.set_password(password)
        person.save(update_fields=["password"])
        author = Author.of(person)
        audit.record(
            Action.PASSWORD_CHANGED,
            author=author,
            kind=ObjectKind.PERSON,
            id=person.pk,
            name=str(person),
            after={"link_to": address},
        )
        letters.tell(letters.PASSWORD_CHANGED, person)
        end_all_sessions(pk=pk, author=author)
    return person


def _people(asked: str) -> list[Person]:
    if not asked or text_fault(asked):
        return []
    named = Q(username__iexact=asked) | Q(email__iexact=asked)
    found = Person.objects.filter(named, is_active=True).exclude(email="").order_by("pk")
    return [person for person in found if person.has_usable_password()][:MOST_PEOPLE]
