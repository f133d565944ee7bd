"""One request for review: what the version changes, what was said about it, and what a publisher decides."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assistants_app.domain.errors import InvalidText, NotAllowed, ProductError
from assistants_app.domain.review_errors import CasesNotPassed, OwnVersion, ReviewMoved
from assistants_app.models import Assistant, Review
from assistants_app.services import reviews as services
from assistants_app.services import scheduled
from assistants_app.services.authors import Author
from assistants_app.services.case_policy import cases_missing
from assistants_app.services.contents import snapshot_of
from assistants_app.services.hidden import revealed
from assistants_app.services.trials import standing
from assistants_app.web.access import SignedInRequest, author_of
from assistants_app.web.addresses import number_in
from assistants_app.web.compare.blocks import show as show_changes
from assistants_app.web.compare.shown import Shown
from assistants_app.web.reviews.times import asked_time, zone_in


@require_safe
def show(request: SignedInRequest, review_id: int) -> HttpResponse:
    return _page(request, services.read_review(review_id=review_id, author=author_of(request)))


@require_POST
def comment(request: SignedInRequest, review_id: int) -> HttpResponse:
    return _done(request, review_id, lambda **said: services.comment(**said), _("Your comment is there."))


@require_POST
def approve(request: SignedInRequest, review_id: int) -> HttpResponse:
    """Sent with the live version that the page compared with: what is approved is what was seen."""
    against = number_in(request.POST.get("against", ""))

    def change(**told: Any) -> Review:
        return services.approve(against=against, live_at=asked_time(request.POST), **told)

    later = request.POST.get("later")
    said = _("Approved; it goes live when its time comes.") if later else _("Approved, and live now.")
    return _done(request, review_id, change, said)


@require_POST
def unschedule(request: SignedInRequest, review_id: int) -> HttpResponse:
    return _done(request, review_id, lambda **told: scheduled.unschedule(**told), _("It waits for a publisher again."))


@require_POST
def ask_for_changes(request: SignedInRequest, review_id: int) -> HttpResponse:
    said = _("Changes are asked for; the live version stays.")
    return _done(request, review_id, lambda **told: services.ask_for_changes(**told), said)


@require_POST
def ask_again(request: SignedInRequest, review_id: int) -> HttpResponse:
    return _done(request, review_id, lambda **told: services.ask_again(**told), _("It waits for a publisher again."))


def _done(request: SignedInRequest, review_id: int, change: Callable[..., object], said: str) -> HttpResponse:
    """Changes a review and leads back to it; what was typed stands there still where that is refused."""
    author = author_of(request)
    typed = request.POST.get("text", "")
    try:
        change(review_id=review_id, author=author, text=typed)
    except (InvalidText, ReviewMoved, OwnVersion, CasesNotPassed) as error:
        review = services.read_review(review_id=review_id, author=author)
        return _page(request, review, error=error, typed=typed)
    messages.success(request, said)
    return redirect("review", review_id)


STATUSES: dict[type[ProductError], int] = {InvalidText: 422, ReviewMoved: 409, CasesNotPassed: 409, NotAllowed: 403}


def _page(request: SignedInRequest, review: Review, error: ProductError | None = None, typed: str = "") -> HttpResponse:
    assistant = review.assistant
    author = author_of(request)
    version = Assistant.history.numbered(assistant, review.number)
    old = _compared_with(review)
    context: dict[str, Any] = {
        "review": review,
        "assistant": assistant,
        "version": version,
        "old": old,
        "shown": _shown(author, assistant, old, review.number),
        "comments": review.comments.all(),
        "newest": Assistant.history.newest_number(assistant) if review.is_stale else None,
        "why_not": services.why_not(review, author) or cases_missing(assistant, review.number),
        "standing": standing(assistant, review.number),
        "error": error,
        "typed": typed,
        "when": request.POST.get("live_at", ""),
        "error_at": "live_at" if isinstance(error, InvalidText) and error.field == "live_at" else "text",
        "zone": zone_in(request.POST),
    }
    status = next((STATUSES[one] for one in type(error).__mro__ if one in STATUSES), 200) if error else 200
    return render(request, "reviews/review.html", context, status=status)


def _compared_with(review: Review) -> int:
    """The live version while it waits; then the one that was live when it was decided."""
    is_open = review.went_live_at is None and not review.is_stale
    return review.assistant.version if is_open or review.against is None else review.against


def _shown(author: Author, assistant: Assistant, old: int, new: int) -> Shown:
    names = f"v{old}", f"v{new}"
    return show_changes(
        *(snapshot_of(revealed(author, assistant, Assistant.history.numbered(assistant, n))) for n in (old, new)),
        old_name=names[0],
        new_name=names[1],
        full_url=reverse("assistant-compare-text", args=[assistant.assistant_id, *names]),
    )
