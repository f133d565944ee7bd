"""Reviews of versions that wait: what people say about them, and what a publisher decides.

Every change of a review locks its assistant first, as every save does: of two publishers who decide at once one is
told that the other was faster, and nothing is approved that somebody has just replaced.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assistants_app.domain.errors import InvalidText
from assistants_app.domain.review_errors import CasesNotPassed, OwnVersion, ReviewMoved, ReviewNotFound
from assistants_app.models import Assistant, Person, Protection, Review, ReviewComment, ReviewState, Role
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.case_policy import cases_missing
from assistants_app.services.contents import check_text
from assistants_app.services.news import APPROVED, ASKED, CHANGES, COMMENTED, tell
from assistants_app.services.protection import record_approved
from assistants_app.services.rights import require, visible_assistants
from assistants_app.services.versions import lock, make_live

COMMENT_LIMIT = 10_000
LONGEST_CHAIN = 100
"""Of versions that one was made from, without any of them being approved."""


def set_protection(*, assistant_id: uuid.UUID, protection: Protection, author: Author) -> bool:
    """Say who has to approve versions of an assistant; whether that is new. What is live now counts as approved.

    Raises AssistantNotFound, NotAllowed.
    """
    with transaction.atomic():
        assistant = lock(assistant_id)
        require(author, Role.PUBLISHER, assistant)
        before = assistant.protection
        if before == protection:
            return False
        Assistant.objects.filter(pk=assistant.pk).update(protection=protection)
        if not before:
            record_approved(assistant=assistant, number=assistant.version, author=author, at=timezone.now())
        record(
            Action.PROTECTION_CHANGED, assistant, author, before={"approval": before}, after={"approval": protection}
        )
    return True


def read_review(*, review_id: int, author: Author) -> Review:
    """Raises ReviewNotFound, also for who does not see the assistant."""
    seen = visible_assistants(author).order_by().values("pk")
    found = Review.objects.with_newer().select_related("assistant", "asked_by", "decided_by")
    review = found.filter(pk=review_id, assistant__in=seen).first()
    if review is None:
        raise ReviewNotFound
    return review


def comment(*, review_id: int, text: str, author: Author) -> ReviewComment:
    """Raises ReviewNotFound, NotAllowed, InvalidText."""
    with _locked(review_id, author, Role.TESTER) as review:
        text = _checked(text, needed=_("Write something first."))
        tell(COMMENTED, review, author, text)
        record(Action.REVIEW_COMMENTED, review.assistant, author, after=told(review, text))
        return say(review, text, author)


def approve(
    *,
    review_id: int,
    author: Author,
    against: int | None = None,
    text: str = "",
    live_at: datetime | None = None,
) -> Review:
    """Let a version that waits go live, at once or at a time to come. `against` is the live version that the publisher
    compared it with.

    Raises ReviewNotFound, NotAllowed, OwnVersion, CasesNotPassed, ReviewMoved, InvalidText, and what `make_live`
    raises.
    """
    with reviewed(review_id, author, ReviewState.WAITING) as review:
        text = _checked(text)
        if said := why_not(review, author):
            raise OwnVersion(said)
        if said := cases_missing(review.assistant, review.number):
            raise CasesNotPassed(said)
        _require_same_live(review, against)
        if live_at is not None and live_at <= timezone.now():
            raise InvalidText("live_at", _("This time is past. Choose one to come, or let it go live at once."))
        decide(review, ReviewState.APPROVED, author, text, live_at)
        if live_at is None:
            make_live(assistant_id=review.assistant.assistant_id, number=review.number, author=author)
        tell(APPROVED, review, author, text)
        record(Action.REVIEW_APPROVED, review.assistant, author, after=told(review, text))
    review.refresh_from_db()
    return review


def ask_for_changes(*, review_id: int, author: Author, text: str) -> Review:
    """Raises ReviewNotFound, NotAllowed, ReviewMoved, InvalidText."""
    with reviewed(review_id, author, ReviewState.WAITING) as review:
        text = _checked(text, needed=_("Say what should change: its author reads it."))
        decide(review, ReviewState.CHANGES, author, text)
        tell(CHANGES, review, author, text)
        record(Action.REVIEW_CHANGES_ASKED, review.assistant, author, after=told(review, text))
    return review


def ask_again(*, review_id: int, author: Author, text: str = "") -> Review:
    """Let a version wait once more after changes were asked for, as it is. Raises what `ask_for_changes` raises."""
    with reviewed(review_id, author, ReviewState.CHANGES, Role.EDITOR) as review:
        text = _checked(text)
        decide(review, ReviewState.WAITING, author, text)
        tell(ASKED, review, author, text)
        record(Action.REVIEW_ASKED_AGAIN, review.assistant, author, after=told(review, text))
    return review


def why_not(review: Review, author: Author) -> str:
    """Why the policy of its assistant does not let this publisher approve a version; "" where it does."""
    if review.assistant.protection != Protection.OTHER or author.person is None:
        return ""
    own = _part_of(review, author.person)
    if own == review.number:
        return _("You saved v%(number)s yourself. Here somebody else has to approve it.") % {"number": own}
    if own:
        said = _("v%(number)s was made from your v%(own)s. Here somebody else has to approve it.")
        return said % {"number": review.number, "own": own}
    return ""


@contextmanager
def _locked(review_id: int, author: Author, role: Role) -> Iterator[Review]:
    """A review whose assistant is locked, as it is now. Raises ReviewNotFound, NotAllowed."""
    review = read_review(review_id=review_id, author=author)
    with transaction.atomic():
        assistant = lock(review.assistant.assistant_id)
        require(author, role, assistant)
        now = Review.objects.with_newer().filter(pk=review_id).first()
        if now is None:
            raise ReviewNotFound
        now.assistant = assistant
        yield now


@contextmanager
def reviewed(review_id: int, author: Author, state: ReviewState, role: Role = Role.PUBLISHER) -> Iterator[Review]:
    """A review that still is in this state. Raises ReviewMoved too."""
    with _locked(review_id, author, role) as review:
        if review.is_stale:
            said = _("v%(number)s is superseded: %(name)s has a newer version, which waits in its place.")
            raise ReviewMoved(said % {"number": review.number, "name": review.assistant.name})
        if review.state != state:
            raise ReviewMoved(_was_faster(review, author))
        yield review


def _was_faster(review: Review, author: Author) -> str:
    """Who sends a decision twice is not told that somebody else was faster."""
    if author.person is not None and review.decided_by_id == author.person.pk:
        return _("You decided already: “%(state)s”.") % {"state": review.get_state_display()}
    return _("%(who)s was faster: “%(state)s”. Look at what was said before you go on.") % {
        "who": review.decided_by_label or review.asked_by_label,
        "state": review.get_state_display(),
    }


def decide(review: Review, state: ReviewState, author: Author, text: str, live_at: datetime | None = None) -> None:
    """Raises ReviewMoved where somebody else did by another way."""
    given = {
        "state": state,
        "decided_by": author.person,
        "decided_by_label": author.label,
        "decided_at": timezone.now(),
        "against": review.assistant.version,
        "live_at": live_at,
    }
    if not Review.objects.filter(pk=review.pk, state=review.state).update(**given):
        raise ReviewMoved
    for name, value in given.items():
        setattr(review, name, value)
    say(review, text, author, decision=state)


def say(review: Review, text: str, author: Author, decision: str = "") -> ReviewComment:
    """Keep what was said; nobody is told of it by this."""
    return ReviewComment.objects.create(
        review=review,
        text=text,
        decision=decision,
        author=author.person,
        author_label=author.label,
        at=timezone.now(),
    )


def _part_of(review: Review, person: Person) -> int:
    """The version that they saved, of those that this one was made from and nobody approved; 0 when there is none."""
    number: int | None = review.number
    for _step in range(LONGEST_CHAIN):
        if number is None or number == review.assistant.version:
            return 0
        asked = Review.objects.filter(assistant=review.assistant, number=number).first()
        if asked and asked.state == ReviewState.APPROVED:
            return 0
        version = Assistant.history.of(review.assistant).for_list().filter(number=number).first()
        if version is None:
            return 0
        if person.pk in (version.history_user_id, asked and asked.asked_by_id):
            return number
        number = version.base
    return review.number


def _require_same_live(review: Review, against: int | None) -> None:
    """Raises ReviewMoved."""
    live = review.assistant.version
    if against is not None and against != live:
        said = _("v%(live)s went live meanwhile; you compared with v%(against)s. Look at the changes once more.")
        raise ReviewMoved(said % {"live": live, "against": against})


def _checked(text: str, needed: str = "") -> str:
    text = text.replace("\r\n", "\n").strip()
    check_text("comment", text, COMMENT_LIMIT)
    if needed and not text:
        raise InvalidText("comment", needed)
    return text


def told(review: Review, text: str) -> dict[str, str]:
    """For the audit log."""
    later = {"live_at": review.live_at.isoformat()} if review.live_at else {}
    return {"version": f"v{review.number}"} | later | ({"comment": text} if text else {})


def record(
    action: Action,
    assistant: Assistant,
    author: Author,
    *,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    audit.record(
        action,
        author=author,
        kind=ObjectKind.ASSISTANT,
        id=assistant.assistant_id,
        name=assistant.name,
        before=dict(before or {}),
        after=dict(after or {}),
    )
