"""The named errors of people, their roles, their keys and how they sign in; see `errors`."""

from assistants_app.domain.errors import NotFound, Refused
from assistants_app.domain.language import gettext_noop


class PersonNotFound(NotFound):
    says = gettext_noop("There is no such person here.")


class KeyNotFound(NotFound):
    says = gettext_noop("There is no such key.")


class GrantNotFound(NotFound):
    says = gettext_noop("There is no such grant. It may have been taken back.")


class InvalidGrant(Refused):
    says = gettext_noop("Choose a role, and what it is for.")


class NameTaken(Refused):
    says = gettext_noop("Somebody has this sign-in name already.")


class InvalidPerson(Refused):
    says = gettext_noop("A sign-in name has letters, digits and @ . + - _ only.")


class InvalidAddress(Refused):
    says = gettext_noop("Type another e-mail address than the one you have, such as name@example.com.")


class AddressKept(Refused):
    says = gettext_noop("Here only operators change e-mail addresses. Ask one of them.")


class LastOperatorKept(Refused):
    says = gettext_noop("This is the only operator. Make somebody else an operator first.")


class OwnRightsKept(Refused):
    says = gettext_noop(
        "You are about to take your own rights as an operator: you could not give them back to yourself. "
        "Confirm that you mean it."
    )


class InvalidKey(Refused):
    says = gettext_noop("Give the key a name of 1 to 100 characters.")


class AddressNotVerified(Refused):
    says = gettext_noop("No verified email address came with it, so nobody can tell who you are here.")


class SharedAddress(Refused):
    says = gettext_noop("Several people have your email address here. Ask an operator of this site to sort it out.")


class NotInvited(Refused):
    says = gettext_noop("Nobody has your email address here. Ask an operator of this site to add you with it.")


class LinkSpent(Refused):
    says = gettext_noop("This link was used already, or it is too old.")
