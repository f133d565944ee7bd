"""Drafts: what somebody typed and has not saved, one for each person and assistant, until it is saved or discarded.

Only who may edit an assistant has drafts of it, and nobody sees those of others. Secrets in them are sealed.
"""

import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings as site
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from assistants_app.domain.drafts import DraftMovedOn, DraftNotFound, DraftNotReady, Known, Written
from assistants_app.domain.errors import NotAllowed, SecretNotOpened
from assistants_app.domain.json_values import Json, Settings, find_unstorable, text_fault
from assistants_app.domain.sealed import Sealed
from assistants_app.domain.tags import retagged
from assistants_app.models import Assistant, AssistantVersion, Draft, Person, Role
from assistants_app.models.drafts import DraftQuerySet
from assistants_app.services.authors import Author
from assistants_app.services.hidden import hidden_in, sealed_away
from assistants_app.services.rights import require, rights_of
from assistants_app.services.secrets import keys, opened, sealed, spec_by

BROUGHT_BACK_FOR = timedelta(hours=1)
"""How long a draft that was discarded can be brought back."""

EDITING_FOR = timedelta(minutes=5)
"""Whose draft was kept so lately is told to others as somebody who edits the assistant."""


@dataclass(frozen=True, slots=True)
class ToRun:
    """The settings of a draft, as a run takes them (`begin_run(settings=…)`), and the version it was made from."""

    settings: Settings
    base: int


def draft_of(*, author: Author, assistant: Assistant) -> Draft | None:
    """The author's own draft; None where there is none, and for a program. Raises NotAllowed, AssistantNotFound."""
    require(author, Role.EDITOR, assistant)
    return Draft.objects.of(author.person, assistant) if author.person else None


def drafts_of(author: Author) -> DraftQuerySet:
    """All that a person has, of assistants that they may still edit."""
    editable = Assistant.objects.filter(rights_of(author).where_at_least(Role.EDITOR)).order_by()
    return Draft.objects.kept().filter(person=author.person, assistant__in=editable.values("pk"))


def draft_to_run(*, author: Author, assistant: Assistant) -> ToRun:
    """What a test of the author's draft runs. Raises NotAllowed, AssistantNotFound, DraftNotFound, DraftNotReady."""
    draft = draft_of(author=author, assistant=assistant)
    if draft is None:
        raise DraftNotFound
    if not draft.complete:
        raise DraftNotReady
    return ToRun(settings=draft.context, base=draft.base)


def draft_as_version(draft: Draft) -> AssistantVersion:
    """What saving it would make of its base: a row without a number, not stored. Raises VersionNotFound."""
    version: AssistantVersion = copy.copy(Assistant.history.numbered(draft.assistant, draft.base))
    version.number, version.base, version.restored_from, version.summary = None, draft.base, None, ""
    version.metadata = retagged(version.metadata, draft.tags)
    version.name, version.description = draft.name.strip(), draft.description
    version.context, version.settings_schema = draft.context, draft.settings_schema or version.settings_schema
    version.history_change_reason = draft.note
    version.history_date = draft.updated_at
    version.author = str(draft.person)
    return version


def keep_draft(*, author: Author, assistant: Assistant, written: Written, known: int, over: bool = False) -> Draft:
    """Keep what somebody typed, in place of what was kept of it before.

    `known` is how often it had been kept when the page that sends it last heard of it, 0 for never. What another page
    of the same person kept, saved or discarded meanwhile is not written over, and not brought back by what comes late,
    unless that is wished (`over`). Raises NotAllowed, AssistantNotFound, DraftMovedOn.
    """
    require(author, Role.EDITOR, assistant)
    person = _person(author)
    columns = _columns(written, hidden_in(assistant.graph_id))
    with transaction.atomic():
        before = Draft.objects.select_for_update().filter(person=person, assistant=assistant).first()
        if before is None or before.discarded_at:
            late = bool(known) or _saved_since(person, assistant, written.newest)
        else:
            late = before.times_kept != known or before.newest > written.newest
        if late and not over:
            raise DraftMovedOn
        if before is None:
            return _inserted(Draft(person=person, assistant=assistant, times_kept=known + 1, **columns))
        for name, value in columns.items():
            setattr(before, name, value)
        before.times_kept, before.discarded_at = before.times_kept + 1, None
        before.save()
    return before


def _saved_since(person: Person, assistant: Assistant, newest: int) -> bool:
    """Whether they saved a version themselves that what they typed knows nothing of. A save under way is waited for."""
    list(Assistant.objects.select_for_update(no_key=True).filter(pk=assistant.pk).values_list("pk"))
    return bool(Assistant.history.of(assistant).filter(number__gt=newest, history_user=person).exists())


def _inserted(draft: Draft) -> Draft:
    try:
        with transaction.atomic():
            draft.save()
    except IntegrityError:  # another page kept the first one at this moment
        raise DraftMovedOn from None
    return draft


def discard_draft(*, author: Author, assistant: Assistant) -> bool:
    """Put the author's draft aside; False where there is none. It can be brought back for a while, then it goes."""
    person = _person(author)
    now = timezone.now()
    with transaction.atomic():
        Draft.objects.filter(person=person, discarded_at__lt=now - BROUGHT_BACK_FOR).delete()
        return bool(Draft.objects.kept().filter(person=person, assistant=assistant).update(discarded_at=now))


def bring_back_draft(*, author: Author, assistant: Assistant) -> Draft:
    """The one that was discarded last. Raises NotAllowed, AssistantNotFound, DraftNotFound."""
    require(author, Role.EDITOR, assistant)
    with transaction.atomic():
        draft = discarded_draft(author=author, assistant=assistant)
        if draft is None:
            raise DraftNotFound
        draft.discarded_at, draft.times_kept = None, draft.times_kept + 1
        draft.save()
    return draft


def discarded_draft(*, author: Author, assistant: Assistant) -> Draft | None:
    """What can be brought back."""
    since = timezone.now() - BROUGHT_BACK_FOR
    return Draft.objects.filter(person=author.person, assistant=assistant, discarded_at__gte=since).first()


def drop_draft(*, author: Author, assistant: Assistant, known: int) -> None:
    """It was typed back to what is saved: nothing of it is left to keep, unless another page kept more meanwhile."""
    Draft.objects.kept().filter(person=author.person, assistant=assistant, times_kept=known).delete()


def settle_draft(*, author: Author, assistant: Assistant, known: Known) -> None:
    """Its author saved what the draft held: it goes, but not what another page kept since, which nobody saved.

    Call it in the transaction of the save.
    """
    saved = Q(times_kept=known.times) | (Q(page=known.page) if known.page else Q())
    Draft.objects.kept().filter(saved, person=author.person, assistant=assistant).delete()


def others_editing(*, author: Author, assistant: Assistant) -> list[tuple[Person, datetime]]:
    """Who else kept a draft of the assistant a moment ago, and when; the latest first."""
    lately = Draft.objects.touched_since(timezone.now() - EDITING_FOR).filter(assistant=assistant)
    others = lately.exclude(person=author.person).select_related("person").only("person", "updated_at")
    return [(draft.person, draft.updated_at) for draft in others.order_by("-updated_at")]


def typed_sealed(typed: Json) -> Json:
    """The form word for word, as it is stored: secrets may stand anywhere in it. By the newest key."""
    if typed is None or not site.SEAL_SECRETS:
        return typed
    try:
        return keys()[0].seal(opened(typed) if isinstance(typed, Sealed) else typed)
    except SecretNotOpened:
        return typed


def typed_opened(draft: Draft) -> Json:
    """The form word for word; None where the settings say it all, or its key is lost."""
    if not isinstance(draft.typed, Sealed):
        return draft.typed
    try:
        return opened(draft.typed)
    except SecretNotOpened:
        return None


def _columns(written: Written, hidden: frozenset[str]) -> dict[str, Json]:
    kept = {key: value for key, value in written.settings.items() if not (text_fault(key) or find_unstorable(value))}
    return {
        "base": written.base,
        "newest": written.newest,
        "name": _text(written.name),
        "description": _text(written.description),
        "tags": None if written.tags is None else _text(written.tags),
        "note": _text(written.note),
        "live": written.live,
        "context": sealed_away(sealed(kept, spec_by(written.settings_schema)), hidden),
        "settings_schema": written.settings_schema,
        "typed": typed_sealed(written.typed),
        "choices": written.choices,
        "page": written.page,
    }


def _text(text: str) -> str:
    """As both databases keep it."""
    return text.replace("\0", "")


def _person(author: Author) -> Person:
    """Raises NotAllowed for programs, which have no form to type into."""
    if author.person is None:
        raise NotAllowed
    return author.person
