"""Who is told what of a review: deliveries by e-mail and webhook, kept with the step that they tell of.

Nothing is sent here: the engine sends what was kept, so that no mail server can hold up a save, or break it.
"""

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from assistants_app.domain.json_values import Json
from assistants_app.models import Delivery, Person, Review, ReviewComment, Role
from assistants_app.models.deliveries import Channel
from assistants_app.services.authors import Author
from assistants_app.services.rights import may

ASKED, CHANGES, APPROVED, COMMENTED = "review.asked", "review.changes_asked", "review.approved", "review.commented"
LIVE, NOT_LIVE = "review.went_live", "review.not_live"
"""Of what was approved for a time to come, when that has come."""

OVERTAKEN = "review.superseded"
"""Of what was approved for a time to come: a newer version was saved before that."""

TEST = "test"

MOST_PEOPLE = 200
"""Who get an e-mail for one step."""


def tell(event: str, review: Review, author: Author, text: str = "") -> None:
    """Call it inside the transaction of what it tells of. Whoever acts is not told of it. A lazy `text` is in the
    language of each reader."""
    made = []
    if settings.EMAIL_HOST:
        made += [_email(event, review, author, text, person) for person in _readers(event, review, author)]
    if settings.REVIEW_WEBHOOK:
        made.append(_webhook(event, _payload(event, review, author, text)))
    Delivery.objects.bulk_create(made)


def send_test(*, author: Author) -> int:
    """Something to try the channels with: to the webhook, and to the e-mail address of who asks. How many are sent."""
    made = []
    if settings.REVIEW_WEBHOOK:
        made.append(_webhook(TEST, {"event": TEST, "at": timezone.now().isoformat(), "by": author.label}))
    if settings.EMAIL_HOST and author.person and author.person.email:
        subject, body = _("A test of Assistants"), _("If you read this, e-mails about reviews arrive.")
        made.append(_delivery(Channel.EMAIL, author.person.email, TEST, subject=subject, body=body))
    return len(Delivery.objects.bulk_create(made))


def _readers(event: str, review: Review, author: Author) -> list[Person]:
    """Those who may decide are told that something waits; whoever takes part of what is said and decided."""
    found: Iterable[Person]
    if event == ASKED:
        decides = Q(is_superuser=True) | Q(grants__role=Role.PUBLISHER)
        found = Person.objects.filter(decides).distinct().order_by("pk")[: MOST_PEOPLE * 5]
        found = [one for one in found if may(Author.of(one), Role.PUBLISHER, review.assistant)]
    else:
        said = ReviewComment.objects.filter(review=review, author__isnull=False).values("author")
        found = Person.objects.filter(Q(pk=review.asked_by_id) | Q(pk__in=said)).order_by("pk")
        found = [one for one in found if may(Author.of(one), Role.VIEWER, review.assistant)]
    return [one for one in found if one.is_active and one.email and one != author.person][:MOST_PEOPLE]


def _email(event: str, review: Review, author: Author, text: str, person: Person) -> Delivery:
    """In the language that its reader chose, else in that of the site."""
    with override(person.language or settings.LANGUAGE_CODE):
        return _written(event, review, author, text, person)


def _written(event: str, review: Review, author: Author, text: str, person: Person) -> Delivery:
    named = {"name": review.assistant.name, "number": review.number, "who": author.label}
    subjects = {
        ASKED: _("%(name)s v%(number)s waits for a review"),
        CHANGES: _("%(name)s v%(number)s: changes are asked for"),
        APPROVED: _("%(name)s v%(number)s is approved"),
        COMMENTED: _("%(name)s v%(number)s: a comment"),
        LIVE: _("%(name)s v%(number)s is live now, as planned"),
        NOT_LIVE: _("%(name)s v%(number)s could not go live as planned, and waits again"),
        OVERTAKEN: _("%(name)s v%(number)s does not go live as planned: a newer version took its place"),
    }
    lines = [f"{author.label}:", "", str(text), "", _address(review)] if text else [author.label, "", _address(review)]
    subject = " ".join((subjects[event] % named).split())  # a name may have lines, a header must not
    return _delivery(Channel.EMAIL, person.email, event, subject=subject[:300], body="\n".join(lines))


def _payload(event: str, review: Review, author: Author, text: str) -> dict[str, Json]:
    return {
        "event": event,
        "at": timezone.now().isoformat(),
        "review": review.pk,
        "url": _address(review),
        "assistant": {"assistant_id": str(review.assistant.assistant_id), "name": review.assistant.name},
        "version": review.number,
        "state": review.state,
        "live_at": review.live_at.isoformat() if review.live_at else None,
        "live": review.went_live_at is not None or event == LIVE or (event == APPROVED and review.live_at is None),
        "by": author.label,
        "comment": str(text),
    }


def _address(review: Review) -> str:
    return f"{settings.SITE_URL}/reviews/{review.pk}/"


def _webhook(event: str, payload: dict[str, Json]) -> Delivery:
    return _delivery(Channel.WEBHOOK, settings.REVIEW_WEBHOOK, event, payload={"id": str(uuid.uuid4()), **payload})


def _delivery(channel: Channel, address: str, event: str, **more: Json) -> Delivery:
    now = timezone.now()
    return Delivery(channel=channel, address=address, event=event, made_at=now, next_at=now, **more)
