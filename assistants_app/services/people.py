"""People: the first operator, adding, deactivating, operators' rights, and links that sign in once.

What else somebody may do is `services.grants`' matter.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from assistants_app.domain.people_errors import (
    InvalidPerson,
    LastOperatorKept,
    LinkSpent,
    NameTaken,
    OwnRightsKept,
    PersonNotFound,
)
from assistants_app.domain.written_text import name_fault
from assistants_app.models import Person, Role
from assistants_app.models.people import HOLD_ADDRESS
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.grants import EVERYTHING, Scope, give_role
from assistants_app.services.rights import require_operator

LONGEST_PART = 150
"""Of a name: as long as Django's columns."""

LONGEST_ADDRESS = 254

LINK_LIFETIME = timedelta(hours=24)
_SALT = "assistants_app.sign-in-link"


def choose_language(*, person: Person, language: str) -> None:
    """What they are written to in; one that the site does not speak changes nothing."""
    if language in dict(settings.LANGUAGES):
        Person.objects.filter(pk=person.pk).update(language=language)


def make_first_operator(*, username: str = "operator", email: str = "", password: str | None = None) -> Person | None:
    """The first operator of a fresh site, or None when somebody who can sign in is an operator already.

    Without a password the person signs in by `one_time_link`. Raises NameTaken, InvalidPerson.
    """
    with transaction.atomic():
        if _operators().exists():
            return None
        return add_person(username=username, email=email, operator=True, password=password, author=SYSTEM)


def add_person(
    *,
    username: str,
    author: Author,
    full_name: str = "",
    email: str = "",
    operator: bool = False,
    password: str | None = None,
    role: Role | None = Role.VIEWER,
    scope: Scope = EVERYTHING,
) -> Person:
    """Add somebody who may sign in, with a first role unless they are an operator; None is none at all.

    Raises NotAllowed, NameTaken (sign-in names differ by more than case), InvalidPerson, InvalidGrant.
    """
    require_operator(author)
    username = Person.normalize_username(username.strip())
    first_name, last_name = name_parts(full_name)
    person = Person(
        username=username,
        first_name=first_name,
        last_name=last_name,
        email=email.strip(),
        is_superuser=operator,
        is_staff=operator,
    )
    person.set_password(password)
    try:
        if email.strip():
            validate_email(person.email)
        person.clean_fields(exclude=["password", "last_login"])
        person.clean()
    except ValidationError as error:
        raise InvalidPerson(" ".join(error.messages)) from None
    with transaction.atomic():
        if Person.objects.filter(username__iexact=username).exists():
            raise NameTaken
        person.save(force_insert=True)
        made = {"username": username, "email": person.email, "operator": operator}
        _tell(Action.PERSON_ADDED, person, author, after=made)
        if role is not None and not operator:
            give_role(person_id=person.pk, role=role, scope=scope, author=author)
    return person


def hold_address(address: str) -> None:
    """Whoever else would make this e-mail address theirs waits for the end of this transaction; look behind it whether
    it is free. It is no constraint of the table, for operators may give one to several people. On SQLite all wait for
    all that write anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(HOLD_ADDRESS, [address])


def name_parts(full_name: str) -> tuple[str, str]:
    """As the columns hold it. Raises InvalidPerson for what no name is made of, or a part that is too long."""
    if fault := name_fault(full_name.strip()):
        raise InvalidPerson(_("This cannot be a name: %(fault)s.") % {"fault": fault})
    first, _space, last = " ".join(full_name.split()).partition(" ")
    if max(len(first), len(last)) > LONGEST_PART:
        said = _("A name has at most %(count)s characters before its first space, and as many after it.")
        raise InvalidPerson(said % {"count": LONGEST_PART})
    return first, last


def set_active(*, pk: int, active: bool, author: Author) -> Person:
    """Let somebody sign in, or not any more; who is signed in is out with the next page.

    Raises NotAllowed, PersonNotFound, LastOperatorKept, OwnRightsKept.
    """
    require_operator(author)
    with transaction.atomic():
        person = _lock(pk)
        if not active:
            _keep_an_operator(person)
            if person == author.person:
                raise OwnRightsKept(_("You cannot stop yourself from signing in. Another operator can."))
        if person.is_active != active:
            _tell(Action.PERSON_ACTIVATED if active else Action.PERSON_DEACTIVATED, person, author)
        person.is_active = active
        person.save(update_fields=["is_active"])
    return person


def set_operator(*, pk: int, operator: bool, author: Author, sure: bool = False) -> Person:
    """Give or take an operator's rights. Who was one has their grants again; without any they may look at everything.

    To take one's own one must be `sure`. Raises NotAllowed, PersonNotFound, LastOperatorKept, OwnRightsKept.
    """
    require_operator(author)
    with transaction.atomic():
        person = _lock(pk)
        if not operator:
            _keep_an_operator(person)
            if person == author.person and not sure:
                raise OwnRightsKept
        if person.is_superuser != operator:
            before, after = {"operator": person.is_superuser}, {"operator": operator}
            _tell(Action.PERSON_ROLE_CHANGED, person, author, before=before, after=after)
        person.is_superuser = person.is_staff = operator
        person.save(update_fields=["is_superuser", "is_staff"])
        if not operator and not person.grants.exists():
            give_role(person_id=pk, role=Role.VIEWER, author=author)
    return person


def one_time_link(person: Person, *, author: Author | None = None) -> str:
    """The path of a page that signs `person` in once, within LINK_LIFETIME. Who makes one could use it: that is told.

    It holds a mark of the password and of the last sign-in, so it is spent by any sign-in after it.
    """
    _tell(Action.PERSON_LINK_MADE, person, author)
    token = signing.dumps([person.pk, _mark(person)], salt=_SALT)
    return reverse("sign-in-link", args=[token])


def person_of_link(token: str) -> Person:
    """Whom a link would sign in; it stays unspent. Raises LinkSpent."""
    try:
        pk, mark = signing.loads(token, salt=_SALT, max_age=LINK_LIFETIME)
    except (signing.BadSignature, ValueError):
        raise LinkSpent from None
    person = Person.objects.filter(pk=pk, is_active=True).first()
    if person is None or not constant_time_compare(mark, _mark(person)):
        raise LinkSpent
    return person


def spend_link(token: str) -> Person:
    """Whom the link signs in, now that it does; it is spent with this. Raises LinkSpent."""
    with transaction.atomic():
        person = _lock(person_of_link(token).pk)
        person_of_link(token)  # once more behind the lock: of two at a time one is late
        person.last_login = timezone.now()
        person.save(update_fields=["last_login"])
    return person


def _tell(action: Action, person: Person, author: Author | None, **values: dict[str, Any]) -> None:
    audit.record(action, author=author, kind=ObjectKind.PERSON, id=person.pk, name=str(person), **values)


def _mark(person: Person) -> str:
    last = person.last_login.isoformat() if person.last_login else ""
    return salted_hmac(_SALT, f"{person.pk}|{person.password}|{last}", algorithm="sha256").hexdigest()[:32]


def _operators() -> QuerySet[Person]:
    return Person.objects.filter(is_superuser=True, is_active=True)


def _lock(pk: int) -> Person:
    """The person, locked together with all operators, always in one order: two of these cannot wait for each other."""
    rows = Person.objects.select_for_update().filter(Q(pk=pk) | Q(is_superuser=True)).order_by("pk")
    person = next((row for row in rows if row.pk == pk), None)
    if person is None:
        raise PersonNotFound
    return person


def _keep_an_operator(person: Person) -> None:
    """Raises LastOperatorKept when nobody else would be left to run the site."""
    if person.is_superuser and person.is_active and not _operators().exclude(pk=person.pk).exists():
        raise LastOperatorKept
