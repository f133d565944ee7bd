"""Whom a verified address of the identity provider lets in: who was invited with it, or anybody of a domain."""

from django.conf import settings
from django.db import transaction

from assistants_app.domain.people_errors import AddressNotVerified, NotInvited, SharedAddress
from assistants_app.models import Person, Role
from assistants_app.services.authors import SYSTEM
from assistants_app.services.people import add_person, hold_address


def person_of_address(*, email: str, verified: bool, full_name: str) -> Person:
    """The one with this address; they may have been deactivated. Of ASSISTANTS_OIDC_DOMAINS also somebody new.

    Raises AddressNotVerified, SharedAddress, NotInvited, and what `add_person` does.
    """
    if not email or not (verified or settings.OIDC_TRUST_ADDRESSES):
        raise AddressNotVerified
    person = _who_has(email)
    if person is not None:
        return person
    if email.rpartition("@")[2].lower() not in settings.OIDC_DOMAINS:
        raise NotInvited
    with transaction.atomic():
        hold_address(email)
        return _who_has(email) or add_person(
            username=email.lower(), full_name=full_name, email=email, role=Role(settings.OIDC_ROLE), author=SYSTEM
        )


def _who_has(email: str) -> Person | None:
    found = list(Person.objects.filter(email__iexact=email).order_by("-is_active"))
    active = [person for person in found if person.is_active]
    if len(active) > 1:
        raise SharedAddress
    return found[0] if found else None
