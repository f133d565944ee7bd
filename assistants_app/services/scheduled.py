"""Versions that were approved for a time to come: the process that is first then makes them live, once."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import override

from assistants_app.domain.errors import AssistantNotFound, ProductError
from assistants_app.domain.review_errors import ReviewMoved
from assistants_app.models import Assistant, Review, ReviewState
from assistants_app.services.audit import Action
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.news import LIVE, NOT_LIVE, OVERTAKEN, tell
from assistants_app.services.reviews import decide, record, reviewed, say, told
from assistants_app.services.versions import lock, make_live

logger = logging.getLogger(__name__)

DUE_AT_ONCE = 50

OVERTAKEN_FOR = timedelta(days=1)
"""After its time has passed, nobody is told any more that a newer version took a version's place."""


def unschedule(*, review_id: int, author: Author, text: str = "") -> Review:
    """Let a version that was approved for later wait again. Raises ReviewNotFound, NotAllowed, ReviewMoved."""
    with reviewed(review_id, author, ReviewState.APPROVED) as review:
        if review.live_at is None or review.went_live_at is not None:
            raise ReviewMoved(_("v%(number)s went live meanwhile.") % {"number": review.number})
        record(Action.REVIEW_UNSCHEDULED, review.assistant, author, before=told(review, text))
        decide(review, ReviewState.WAITING, author, text)
    review.refresh_from_db()
    return review


def due_reviews(*, at: datetime) -> list[int]:
    """The longest overdue first. What is superseded never is due."""
    return list(Review.objects.due(at).order_by("live_at", "pk").values_list("pk", flat=True)[:DUE_AT_ONCE])


def next_go_live() -> datetime | None:
    coming = Review.objects.open().filter(state=ReviewState.APPROVED, live_at__isnull=False)
    return coming.order_by("live_at").values_list("live_at", flat=True).first()


def go_live(*, review_id: int, at: datetime) -> bool:
    """Make a version live whose time has come, in the name of who approved it; whether that was done now.

    Whoever takes part in the review is told. Nothing happens to what was superseded, taken back or made live
    meanwhile. Where whoever approved it may not make it live any more, it waits again and says why.
    """
    with transaction.atomic():
        found = Review.objects.select_related("assistant", "decided_by").filter(pk=review_id).first()
        if found is None:
            return False
        assistant = lock(found.assistant.assistant_id)
        review = Review.objects.due(at).select_related("decided_by").filter(pk=review_id).first()
        if review is None:
            return False
        review.assistant = assistant
        author = Author.of(review.decided_by) if review.decided_by else SYSTEM
        try:
            with transaction.atomic():
                make_live(assistant_id=assistant.assistant_id, number=review.number, author=author)
        except ProductError as error:
            said = _why(error, author)
            logger.warning("review %s could not go live: %s", review_id, said)
            record(Action.REVIEW_UNSCHEDULED, assistant, SYSTEM, before=told(review, said))
            decide(review, ReviewState.WAITING, SYSTEM, said)
            tell(NOT_LIVE, review, SYSTEM, said)
            return False
        tell(LIVE, review, SYSTEM)
    return True


def _why(error: ProductError, author: Author) -> str:
    """Whoever has lost every role for an assistant is told that there is none; those who read this see it."""
    if isinstance(error, AssistantNotFound):
        return _("%(who)s, who approved it, may not make it live any more.") % {"who": author.label}
    return error.message


def overtaken_reviews(*, at: datetime) -> list[int]:
    """Those whose version was to go live, and of which nobody was told yet that it will not."""
    found = Review.objects.overtaken(at - OVERTAKEN_FOR)
    return list(found.order_by("live_at", "pk").values_list("pk", flat=True)[:DUE_AT_ONCE])


def tell_overtaken(*, review_id: int, at: datetime) -> bool:
    """Tell whoever takes part in a review that its version does not go live as planned, for a newer one was saved;
    whether that was done now. Not done by the save itself, which may be the API's: that writes in one statement."""
    with transaction.atomic():
        found = Review.objects.select_related("assistant").filter(pk=review_id).first()
        if found is None:
            return False
        assistant = lock(found.assistant.assistant_id)
        review = Review.objects.overtaken(at - OVERTAKEN_FOR).filter(pk=review_id).first()
        if review is None or review.live_at is None:
            return False
        review.assistant = assistant
        newest = Assistant.history.numbered(assistant, Assistant.history.newest_number(assistant))
        facts = {"number": review.number, "newest": newest.number, "who": newest.author}
        text = lazy(_overtaken, str)(facts, review.live_at)
        tell(OVERTAKEN, review, SYSTEM, text)
        with override(settings.LANGUAGE_CODE):
            record(Action.REVIEW_UNSCHEDULED, assistant, SYSTEM, before=told(review, str(text)))
            say(review, str(text), SYSTEM)
        Review.objects.filter(pk=review.pk).update(live_at=None)
    return True


def _overtaken(facts: dict[str, object], planned: datetime) -> str:
    time = date_format(localtime(planned), "DATETIME_FORMAT")
    said = _("v%(number)s was to go live on %(time)s. It does not: %(who)s saved v%(newest)s, which takes its place.")
    return said % {**facts, "time": time}
