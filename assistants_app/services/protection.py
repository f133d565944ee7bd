"""What a protected assistant asks for before a version is live. Whatever makes one live asks here.

On a protected assistant the live version always has an approved review: `services.reviews` gives it.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from assistants_app.domain.review_errors import NotApproved
from assistants_app.models import ApiKey, Assistant, Person, Review, ReviewState, Role
from assistants_app.models.prepared import Missing, ask_values
from assistants_app.services.authors import Author
from assistants_app.services.news import ASKED, tell
from assistants_app.services.rights import may


def require_ready(assistant: Assistant, number: int) -> None:
    """Whether this version may go live: the one place for all that a protected assistant requires. Asked while the
    assistant is locked. Raises NotApproved."""
    if not assistant.protection:
        return
    review = Review.objects.with_newer().filter(assistant=assistant, number=number).first()
    if review is None or not review.is_approved:
        said = _("%(name)s is protected: v%(number)s cannot go live before a publisher has approved it.")
        raise NotApproved(said % {"name": assistant.name, "number": number})


def require_unprotected(assistant: Assistant) -> None:
    """For what would be saved and go live at once. Raises NotApproved."""
    if assistant.protection:
        raise NotApproved(
            _("%(name)s is protected: what is saved waits for a publisher, and cannot go live at once.")
            % {"name": assistant.name}
        )


def open_review(*, assistant: Assistant, number: int, author: Author, at: datetime, note: str = "") -> Review | None:
    """Ask for a version to go live that was just saved without; None where its author could have made it live and
    chose not to."""
    if not assistant.protection and may(author, Role.PUBLISHER, assistant):
        return None
    review = Review.objects.create(
        assistant=assistant, number=number, asked_by=person_behind(author), asked_by_label=author.label, asked_at=at
    )
    tell(ASKED, review, author, note)
    return review


def note_live(*, assistant: Assistant, number: int, author: Author, at: datetime) -> None:
    """A version has just gone live. On an assistant that is not protected this answers the request, whoever asked."""
    if not ask_values("waiting-reviews", _waiting, assistant_id=assistant.pk, number=number):
        return
    waited = Review.objects.filter(assistant=assistant, number=number, went_live_at=None)
    waited.exclude(state=ReviewState.APPROVED).update(**_decided(assistant, author, at))
    waited.update(went_live_at=at)


def unasked(assistant: Assistant, number: int) -> Missing:
    """That nobody waits for a version to go live: then `note_live` has nothing to note."""
    return Missing("waiting-reviews", _waiting, {"assistant_id": assistant.pk, "number": number})


def _waiting(*, assistant_id: int, number: int) -> Any:
    return Review.objects.filter(assistant_id=assistant_id, number=number, went_live_at=None).values_list("pk")


def record_approved(*, assistant: Assistant, number: int, author: Author, at: datetime) -> None:
    """This version needs no approval any more: it was live before the assistant was protected, or holds what was
    approved."""
    asked = {"asked_by": person_behind(author), "asked_by_label": author.label, "asked_at": at}
    given = {**_decided(assistant, author, at), "live_at": None, "went_live_at": at}
    Review.objects.update_or_create(
        assistant=assistant, number=number, defaults=given, create_defaults={**asked, **given}
    )


def person_behind(author: Author) -> Person | None:
    """Who is answerable for what somebody saved: of a key whoever made it."""
    if author.key_id is None:
        return author.person
    key = ApiKey.objects.filter(pk=author.key_id).select_related("created_by").first()
    return key.created_by if key else None


def _decided(assistant: Assistant, author: Author, at: datetime) -> dict[str, object]:
    return {
        "state": ReviewState.APPROVED,
        "decided_by": author.person,
        "decided_by_label": author.label,
        "decided_at": at,
        "against": assistant.version,
    }
