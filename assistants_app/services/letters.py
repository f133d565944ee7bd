"""Letters about one's own account: e-mails with a link that proves that somebody reads what comes to an address, and
those without one that tell what became of the account.

A link is made when its letter is sent, and kept nowhere: who reads the database finds a letter without it. Each works
once, and for an hour: it holds a mark of what it changes. It begins with the site's own address out of the settings,
never with the host that a request names, which may be a stranger's. What is told is kept with the change itself and
sent by the engine: no mail server can hold a change up, or prevent it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from assistants_app.domain.people_errors import LinkSpent
from assistants_app.models import Delivery, Person
from assistants_app.models.deliveries import Channel

FORGOTTEN = "account.password_forgotten"
ADDRESS = "account.address_proof"
PASSWORD_CHANGED = "account.password_changed"
FACTOR_ADDED = "account.factor_added"
FACTOR_REMOVED = "account.factor_removed"
CODES_MADE = "account.recovery_codes"
ADDRESS_CHANGED = "account.address_changed"
NAME_CHANGED = "account.sign_in_name"
LIFETIME = timedelta(hours=1)
"""Of a link; and how long after it was asked for a letter is sent at all, where the mail server was away."""

_PAGES = {FORGOTTEN: "password-forgotten-new", ADDRESS: "account-address-proof"}
_TOLD = {
    PASSWORD_CHANGED: gettext_lazy("The password of your account %(name)s was changed."),
    FACTOR_ADDED: gettext_lazy("A second factor was set up for your account %(name)s."),
    FACTOR_REMOVED: gettext_lazy("The second factor of your account %(name)s was removed."),
    CODES_MADE: gettext_lazy("New recovery codes were made for your account %(name)s. The old ones are void."),
    ADDRESS_CHANGED: gettext_lazy("The e-mail address of your account %(name)s was changed: this one is it no more."),
    NAME_CHANGED: gettext_lazy("The sign-in name of your account was changed: it is %(name)s now."),
}


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    body: str


def can_be_sent() -> bool:
    """Whether there is a mail server, and the site knows its own address."""
    return bool(settings.EMAIL_HOST and settings.SITE_URL)


def keep(event: str, people: Iterable[Person], *, address: str | None = None, language: str = "") -> None:
    """Letters that the engine will send, each in the language that its reader chose, else in the one given: to the
    address that they have, or to `address`, which is not theirs yet or not any more."""
    now = timezone.now()
    Delivery.objects.bulk_create(
        Delivery(
            channel=Channel.EMAIL,
            address=person.email if address is None else address,
            event=event,
            payload={"person": person.pk, "language": person.language or language or settings.LANGUAGE_CODE},
            made_at=now,
            next_at=now,
        )
        for person in people
    )


def tell(event: str, person: Person, *, address: str | None = None) -> None:
    """Keep a letter that tells people what became of their account, if there is a mail server and they have an address
    (`address`, where theirs is another by now). Call it inside the transaction of the change."""
    if settings.EMAIL_HOST and (person.email if address is None else address):
        keep(event, [person], address=address)


def written(delivery: Delivery) -> Letter | None:
    """What is to be sent now; None where it is too late, or its reader is not to have it any more."""
    if delivery.event not in _PAGES and delivery.event not in _TOLD:
        return Letter(delivery.subject, delivery.body)
    told = delivery.payload if isinstance(delivery.payload, dict) else {}
    person = Person.objects.filter(pk=str(told.get("person") or 0)).first()
    if person is None:
        return None
    with override(str(told.get("language"))):
        return _of_event(delivery, person) if delivery.event in _TOLD else _with_link(delivery, person)


def _with_link(delivery: Delivery, person: Person) -> Letter | None:
    if not person.is_active or timezone.now() - delivery.made_at > LIFETIME or not can_be_sent():
        return None
    if delivery.event == FORGOTTEN and person.email != delivery.address:
        return None
    path = reverse(_PAGES[delivery.event], args=[token(delivery.event, person, delivery.address)])
    return (_for_address if delivery.event == ADDRESS else _worded)(person, f"{settings.SITE_URL}{path}")


def token(event: str, person: Person, address: str) -> str:
    return signing.dumps([person.pk, address, _mark(event, person, address)], salt=event)


def reader_of(event: str, given: str) -> tuple[Person, str]:
    """Whose link this is, and the address that it was sent to; it stays unspent. Raises LinkSpent."""
    try:
        pk, address, mark = signing.loads(given, salt=event, max_age=LIFETIME)
    except (signing.BadSignature, ValueError):
        raise LinkSpent from None
    person = Person.objects.filter(pk=pk, is_active=True).first()
    if person is None or not constant_time_compare(mark, _mark(event, person, address)):
        raise LinkSpent
    return person, address


def _mark(event: str, person: Person, address: str) -> str:
    """Other than before as soon as the password or the address is, or somebody has signed in. To prove an address one
    signs in, on another device maybe: that link ends with all sessions, which a changed address ends."""
    last = person.last_login.isoformat() if person.last_login else ""
    ended_by = person.sessions_ended if event == ADDRESS else last
    state = f"{person.pk}|{person.password}|{person.email}|{ended_by}|{address}"
    return salted_hmac(event, state, algorithm="sha256").hexdigest()[:32]


def _worded(person: Person, link: str) -> Letter:
    lines = (
        _("Somebody, most likely you, asked for a new password for your account %(name)s.") % {"name": person.username},
        _("Set it on this page. The link works once, within an hour, until you next sign in:"),
        link,
        _("If it was not you, do nothing: your password stays as it is."),
    )
    return Letter(_("A new password for Assistants"), "\n\n".join(lines) + "\n")


def _for_address(person: Person, link: str) -> Letter:
    lines = (
        _("Somebody, most likely you, wants this to be the e-mail address of the account %(name)s.")
        % {"name": person.username},
        _("Say yes on this page, where you are signed in. The link works once, within an hour:"),
        link,
        _("If it was not you, do nothing: nothing changes."),
    )
    return Letter(_("Is this your address?"), "\n\n".join(lines) + "\n")


def _of_event(delivery: Delivery, person: Person) -> Letter:
    at = date_format(timezone.localtime(delivery.made_at), "SHORT_DATETIME_FORMAT")
    lines = [
        str(_TOLD[delivery.event]) % {"name": person.username},
        _("That was on %(when)s (%(zone)s).") % {"when": at, "zone": timezone.get_current_timezone_name()},
        _("If it was you, there is nothing to do. If not, tell an operator of the site at once."),
    ]
    if settings.SITE_URL:
        lines.append(f"{settings.SITE_URL}{reverse('account')}")
    return Letter(_("Your account at Assistants was changed"), "\n\n".join(lines) + "\n")
