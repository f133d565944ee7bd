"""What people think of answers: good or bad, and why. One rating for each person and run."""

import uuid

from django.db import transaction

from assistants_app.domain.errors import InvalidRating, RunNotEnded
from assistants_app.models import Person, Rating, Run
from assistants_app.services.contents import check_text

NOTE_LENGTH = 2_000


def rate_run(*, run_id: uuid.UUID, person: Person, value: int, note: str | None = None) -> Rating:
    """Rate the answer of a run that has ended, or change one's rating; `note` None leaves the note as it is.

    Raises RunNotFound, RunNotEnded, InvalidRating, InvalidText.
    """
    if value not in Rating.Value.values:
        raise InvalidRating
    defaults: dict[str, int | str] = {"value": value}
    if note is not None:
        defaults["note"] = _clean(note)
    with transaction.atomic():
        # Locked: a rating that is made twice and taken back at one moment would else fail on its unique constraint.
        run = Run.objects.select_for_update(of=("self",)).get_by_uuid(run_id)
        if run.finished_at is None:
            raise RunNotEnded
        rating, _made = Rating.objects.update_or_create(run=run, person=person, defaults=defaults)
    return rating


def remove_rating(*, run_id: uuid.UUID, person: Person) -> None:
    """Take one's rating back, with its note. Nothing happens where there is none."""
    with transaction.atomic():
        Rating.objects.filter(run_id=run_id, person=person).delete()


def _clean(note: str) -> str:
    text = note.replace("\r\n", "\n").strip()
    check_text("note", text, NOTE_LENGTH)
    return text
