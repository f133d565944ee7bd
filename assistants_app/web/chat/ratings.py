"""Thumbs and a note for an answer, by the person whose thread it is."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assistants_app.domain.errors import InvalidRating, InvalidText, RunNotEnded, RunNotFound
from assistants_app.models import Rating
from assistants_app.services.ratings import rate_run, remove_rating
from assistants_app.web.access import SignedInRequest, assistant_of
from assistants_app.web.chat.facts import RatingView
from assistants_app.web.chat.pages import asks_for_part, fragment
from assistants_app.web.chat.reading import own_thread, thread_url

VALUES = {"good": Rating.Value.GOOD, "bad": Rating.Value.BAD}
REMOVE = "none"


@require_POST
def rate(request: SignedInRequest, assistant_id: uuid.UUID, thread_id: uuid.UUID, run_id: uuid.UUID) -> HttpResponse:
    """A thumb, the same thumb again to take it back, or a note to the thumb."""
    assistant = assistant_of(request, assistant_id)
    thread = own_thread(assistant, request.user, thread_id)
    if not thread.runs.filter(run_id=run_id).exists():
        raise RunNotFound
    chosen, note, error = request.POST.get("rating", ""), request.POST.get("note"), ""
    try:
        if chosen == REMOVE:
            remove_rating(run_id=run_id, person=request.user)
        else:
            rate_run(run_id=run_id, person=request.user, value=VALUES.get(chosen, 0), note=note)
    except (InvalidRating, InvalidText, RunNotEnded) as refusal:
        error = refusal.message
    if not asks_for_part(request):
        if error:
            messages.error(request, error)
        return redirect(thread_url(assistant, thread))
    kept = Rating.objects.filter(run_id=run_id, person=request.user).first()
    view = RatingView(
        run_id=str(run_id),
        address=request.path,
        value=kept.value if kept else 0,
        note=kept.note if kept else "",
        error=error,
        typed=(note or "") if error else "",
        opened=bool(error) or (note is None and not (kept and kept.note)),
    )
    said = error or (_("Note kept.") if note is not None else _("Rated.") if kept else _("Rating taken back."))
    status = 422 if error else 200
    return fragment(request, "chat/_rated.html", {"rating": view, "said": said}, status)
