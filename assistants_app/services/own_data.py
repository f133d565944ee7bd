"""What people change about themselves: the name that others see, and the e-mail address.

An address is the way to a new password, so it is changed by whoever reads what comes to it: a letter goes there, the
link in it makes it theirs, all other sessions end, and the old address is told. What somebody else has is refused
without a word: the page answers as ever, and no letter goes out.
"""

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from assistants_app.domain.people_errors import AddressKept, InvalidAddress, LinkSpent
from assistants_app.domain.written_text import name_fault
from assistants_app.models import Person
from assistants_app.services import audit, letters
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.people import LONGEST_ADDRESS, hold_address, name_parts
from assistants_app.services.sessions import end_all_sessions


def change_own_name(*, person: Person, full_name: str) -> None:
    """An empty one lets others see the sign-in name. Raises InvalidPerson."""
    first, last = name_parts(full_name)
    with transaction.atomic():
        row = Person.objects.select_for_update().get(pk=person.pk)
        before = row.get_full_name()
        row.first_name, row.last_name = first, last
        if row.get_full_name() == before:
            return
        row.save(update_fields=["first_name", "last_name"])
        audit.record(
            Action.PERSON_CHANGED,
            author=Author.of(row),
            kind=ObjectKind.PERSON,
            id=row.pk,
            name=str(row),
            before={"name": before},
            after={"name": row.get_full_name()},
        )


def signs_in_elsewhere(person: Person) -> bool:
    """Whether the identity provider alone lets them in, by what it says of their address."""
    if settings.OIDC_ONLY:
        return True
    return not person.has_usable_password() and SocialAccount.objects.filter(user=person).exists()


def may_change_address(person: Person) -> bool:
    return letters.can_be_sent() and not signs_in_elsewhere(person)


def ask_for_address(*, person: Person, address: str, language: str) -> None:
    """A letter to the new address, unless somebody else has it. Raises AddressKept, InvalidAddress."""
    if not may_change_address(person):
        raise AddressKept
    address = address.strip()
    if len(address) > LONGEST_ADDRESS or name_fault(address) or address == person.email:
        raise InvalidAddress
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidAddress from None
    taken = _is_taken(person, address)
    with transaction.atomic():
        letters.keep(letters.ADDRESS, [] if taken else [person], address=address, language=language)
        audit.record(
            Action.ADDRESS_ASKED,
            author=Author.of(person),
            kind=ObjectKind.PERSON,
            id=person.pk,
            name=str(person),
            after={"address": address, "letter": not taken},
        )


def address_of_link(*, person: Person, token: str) -> str:
    """The address that the link would make theirs; it stays unspent. Raises LinkSpent, for anybody else's too."""
    reader, address = letters.reader_of(letters.ADDRESS, token)
    if reader.pk != person.pk or not may_change_address(person) or _is_taken(person, address):
        raise LinkSpent
    return address


def prove_address(*, person: Person, token: str, session_key: str) -> Person:
    """Spends the link. Every session but this one ends, which its page must renew. Raises LinkSpent."""
    with transaction.atomic():
        row = Person.objects.select_for_update().get(pk=person.pk)
        hold_address(address_of_link(person=row, token=token))
        address, before = address_of_link(person=row, token=token), row.email  # of two at a time one is late
        row.email = address
        row.save(update_fields=["email"])
        author = Author.of(row)
        audit.record(
            Action.PERSON_CHANGED,
            author=author,
            kind=ObjectKind.PERSON,
            id=row.pk,
            name=str(row),
            before={"email": before},
            after={"email": address},
        )
        letters.tell(letters.ADDRESS_CHANGED, row, address=before)
        return end_all_sessions(pk=row.pk, author=author, but=session_key)


def _is_taken(person: Person, address: str) -> bool:
    return Person.objects.filter(email__iexact=address).exclude(pk=person.pk).exists()
