"""The places where somebody is signed in: what is known of them, and how they end."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from assistants_app.domain.people_errors import PersonNotFound
from assistants_app.models import Person
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.rights import require_operator

DEVICE_LENGTH = 200


def note_session(*, person: Person, session_key: str, address: str, device: str) -> None:
    """Somebody is signed in there, and was seen just now."""
    seen = {"user": person, "ip": address, "user_agent": device[:DEVICE_LENGTH], "last_seen_at": timezone.now()}
    UserSession.objects.update_or_create(session_key=session_key, defaults=seen)


def forget_session(session_key: str) -> None:
    """It is over by itself."""
    UserSession.objects.filter(session_key=session_key).delete()


def rename_session(*, old: str, new: str) -> None:
    """The same browser has another key now."""
    UserSession.objects.filter(session_key=old).update(session_key=new)


def sessions_of(person: Person) -> list[UserSession]:
    """Those that still let somebody in, the latest first."""
    known = UserSession.objects.filter(user=person)
    going_on = Session.objects.filter(
        session_key__in=known.values_list("session_key", flat=True), expire_date__gt=timezone.now()
    )
    keys = set(going_on.values_list("session_key", flat=True))
    return sorted(known.filter(session_key__in=keys), key=lambda each: each.last_seen_at, reverse=True)


def end_session(*, person: Person, pk: int, author: Author) -> bool:
    """One of one's own. False where there is none, or it is over already."""
    with transaction.atomic():
        found = UserSession.objects.filter(pk=pk, user=person).first()
        if found is None:
            return False
        _delete([found.session_key])
        after = {"device": found.user_agent, "address": found.ip}
        audit.record(
            Action.SIGNED_OUT, author=author, kind=ObjectKind.PERSON, id=person.pk, name=str(person), after=after
        )
    return True


def end_all_sessions(*, pk: int, author: Author, but: str = "") -> Person:
    """Sign somebody out everywhere, but for the session with that key, which its page must renew.

    All of them end, also those that nobody noted: each holds a mark of `sessions_ended`. Operators may do it to others.
    Raises NotAllowed, PersonNotFound.
    """
    if author.person is None or author.person.pk != pk:
        require_operator(author)
    with transaction.atomic():
        if not Person.objects.filter(pk=pk).update(sessions_ended=F("sessions_ended") + 1):
            raise PersonNotFound
        person = Person.objects.get(pk=pk)
        keys = UserSession.objects.filter(user=person).exclude(session_key=but).values_list("session_key", flat=True)
        _delete(list(keys))
        audit.record(Action.SESSIONS_ENDED, author=author, kind=ObjectKind.PERSON, id=pk, name=str(person))
    return person


def _delete(keys: list[str]) -> None:
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
