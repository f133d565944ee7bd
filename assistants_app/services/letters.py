"""Letters about one's own account: e-mails with a link that proves that somebody reads what comes to an address.

A link is made when its letter is sent, and kept nowhere: who reads the database finds a letter without it. Each works
once, and for an hour: it holds a mark of what it changes. It begins with the site's own address out of the settings,
never with the host that a request names, which may be a stranger's.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import override

from assistants_app.domain.people_errors import LinkSpent
from assistants_app.models import Delivery, Person
from assistants_app.models.deliveries import Channel

FORGOTTEN = "account.password_forgotten"
LIFETIME = timedelta(hours=1)
"""Of a link; and how long after it was asked for a letter is sent at all, where the mail server was away."""

_PAGES = {FORGOTTEN: "password-forgotten-new"}


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    body: str


def can_be_sent() -> bool:
    """Whether there is a mail server, and the site knows its own address."""
    return bool(settings.EMAIL_HOST and settings.SITE_URL)


def keep(event: str, person: Person, address: str, *, language: str = "") -> Delivery:
    """A letter that the engine will send, in the language that its reader chose, else in the one given."""
    now = timezone.now()
    return Delivery(
        channel=Channel.EMAIL,
        address=address,
        event=event,
        payload={"person": person.pk, "language": person.language or language or settings.LANGUAGE_CODE},
        made_at=now,
        next_at=now,
    )


def written(delivery: Delivery) -> Letter | None:
    """What is to be sent now; None where it is too late, or its reader is not to have it any more."""
    if delivery.event not in _PAGES:
        return Letter(delivery.subject, delivery.body)
    told = delivery.payload if isinstance(delivery.payload, dict) else {}
    person = Person.objects.filter(pk=str(told.get("person") or 0), is_active=True).first()
    if person is None or timezone.now() - delivery.made_at > LIFETIME or not can_be_sent():
        return None
    if delivery.event == FORGOTTEN and person.email != delivery.address:
        return None
    path = reverse(_PAGES[delivery.event], args=[token(delivery.event, person, delivery.address)])
    with override(str(told.get("language"))):
        return _worded(person, f"{settings.SITE_URL}{path}")


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
    """Other than before as soon as the password or the address is, or somebody has signed in."""
    last = person.last_login.isoformat() if person.last_login else ""
    state = f"{person.pk}|{person.password}|{person.email}|{last}|{address}"
    return salted_hmac(event, state, algorithm="sha256").hexdigest()[:32]


def _worded(person: Person, link: str) -> Letter:
    lines = (
        _("Somebody, most likely you, asked for a new password for your account %(name)s.") % {"name": person.username},
        _("Set it on this page. The link works once, within an hour, until you next sign in:"),
        link,
        _("If it was not you, do nothing: your password stays as it is."),
    )
    return Letter(_("A new password for Assistants"), "\n\n".join(lines) + "\n")
