"""Versions that were approved for a time to come: the process that is first then makes them live, once."""

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from assistants_app.domain.errors import ProductError
from assistants_app.domain.review_errors import ReviewMoved
from assistants_app.models import Review, ReviewState
from assistants_app.services.audit import Action
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.news import LIVE, NOT_LIVE, tell
from assistants_app.services.reviews import decide, record, reviewed, told
from assistants_app.services.versions import lock, make_live

logger = logging.getLogger(__name__)

DUE_AT_ONCE = 50


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
            logger.warning("review %s could not go live: %s", review_id, error.message)
            record(Action.REVIEW_UNSCHEDULED, assistant, SYSTEM, before=told(review, error.message))
            decide(review, ReviewState.WAITING, SYSTEM, error.message)
            tell(NOT_LIVE, review, SYSTEM, error.message)
            return False
        tell(LIVE, review, SYSTEM)
    return True
