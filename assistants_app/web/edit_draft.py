"""The draft behind the edit page: kept as somebody types, opened where they left it, on whatever device."""

import secrets
from dataclasses import dataclass, replace
from typing import Any

from assistants_app.domain.config_values import BoundField, Reading, bind_submitted
from assistants_app.domain.config_values.actions import is_under
from assistants_app.domain.drafts import DraftMovedOn, Written
from assistants_app.domain.json_values import Json, same
from assistants_app.domain.sealed import revived
from assistants_app.models import Assistant, Draft
from assistants_app.services.drafts import draft_of, drop_draft, keep_draft, typed_opened
from assistants_app.services.hidden import disclosed, revealed, sealed_away
from assistants_app.web.access import SignedInRequest, author_of
from assistants_app.web.addresses import number_in
from assistants_app.web.desk import Desk, Typed
from assistants_app.web.desk_view import DeskView, as_typed, differs_as_read, opened, readable
from assistants_app.web.edit_conflict import choices_in
from assistants_app.web.edit_sheet import Sheet

KNOWN = "draft"
"""The name under which a page sends how often the draft had been kept when it heard of it last."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of what was sent to be kept: the draft, or None where nothing differs from what is saved.

    With `moved_on` nothing was kept: another page of the same person had kept, or saved, the draft meanwhile.
    """

    draft: Draft | None
    known: int = 0
    moved_on: bool = False

    @classmethod
    def of(cls, draft: Draft | None) -> "Kept":
        return cls(draft, draft.times_kept if draft else 0)


@dataclass(frozen=True, slots=True)
class Lost:
    """A text that was typed for a setting that the graph does not have any more, or reads otherwise."""

    label: str
    text: str


def own_draft(request: SignedInRequest, assistant: Assistant) -> Draft | None:
    """What is left to save of what this person typed; None also for what was saved already, word for word."""
    draft = draft_of(author=author_of(request), assistant=assistant)
    if draft is None:
        return None
    sheet = Sheet.of(assistant, draft.base, draft.newest, reader=author_of(request), draft=draft)
    typed = typed_in(sheet.draft or draft, sheet.desk)
    return None if _is_saved(request, sheet, typed, readable(sheet.desk, typed)[0]) else draft


def typed_in(draft: Draft, desk: Desk) -> Typed:
    """The form as it was left. Where the graph describes its settings otherwise by now, what they meant."""
    about = Typed(
        name=draft.name,
        description=draft.description,
        tags=draft.tags,
        note=draft.note,
        live=draft.live,
        working=draft.context,
    )
    letters = _letters_in(draft)
    if letters is None or not (letters["as_json"] or same(draft.settings_schema, desk.schema)):
        return about
    return replace(
        about,
        working=disclosed(sealed_away(revived(letters["working"]), desk.closed), desk.seen),
        as_json=letters["as_json"],
        json_text=desk.closed_text(desk.without_typed(letters["json"])),
        data=None if letters["as_json"] else _open_data(letters["data"], desk),
    )


def _open_data(data: dict[str, list[str]], desk: Desk) -> dict[str, list[str]]:
    """What was typed, less what has been hidden from the person since."""
    return {name: typed for name, typed in data.items() if not any(is_under(name, at) for at in desk.closed)}


def draft_view(desk: Desk, typed: Typed) -> DeskView:
    """The page with a draft in it: what is wrong is said when somebody asks to save."""
    return opened(desk, typed) if typed.data is None else as_typed(desk, typed)


def lost_in(draft: Draft, desk: Desk) -> tuple[Lost, ...]:
    """What of a draft has no place in the form any more: half a number, say, of a setting that has gone."""
    letters = _letters_in(draft)
    if letters is None or letters["as_json"] or same(draft.settings_schema, desk.schema):
        return ()
    then = Desk.of(draft.settings_schema, {})
    form = bind_submitted(then.spec, revived(letters["working"]), letters["data"])
    told = {
        field.path: Lost(field.spec.label, then.without_typed(field.text))
        for field in form.root.walk()
        if _is_lost(field)
    }
    return tuple(told.values())


def _is_lost(field: BoundField) -> bool:
    return bool(field.errors and field.text and not field.spec.secret)


def _letters_in(draft: Draft) -> dict[str, Any] | None:
    """The form word for word; None where the settings say all of it."""
    typed = typed_opened(draft)
    return typed if isinstance(typed, dict) else None


def known_in(request: SignedInRequest) -> int:
    """How often the draft had been kept, as far as the page that was sent knows."""
    return number_in(request.POST.get(KNOWN, "")) or 0


def page_in(request: SignedInRequest) -> str:
    """Which page was sent; "" where it does not say."""
    return request.POST.get("page", "")[:24].replace("\0", "")


def new_page() -> str:
    return secrets.token_urlsafe(12)


def keep(request: SignedInRequest, sheet: Sheet, typed: Typed, *, over: bool = False) -> Kept:
    """Keep what was sent. With `over` it takes the place of what another page kept meanwhile."""
    author, draft = author_of(request), sheet.draft
    known = known_in(request)
    if over:
        known = draft.times_kept if draft else 0
    elif draft and (draft.times_kept != known or draft.newest > sheet.expected):
        return Kept(draft, known, moved_on=True)
    reading = readable(sheet.desk, typed)[0]
    if not typed.note.strip() and _is_saved(request, sheet, typed, reading):
        drop_draft(author=author, assistant=sheet.assistant, known=known)
        return Kept(None)
    written = replace(written_of(sheet, typed, reading), page=page_in(request), choices=choices_in(request))
    try:
        kept = keep_draft(author=author, assistant=sheet.assistant, written=written, known=known, over=over)
        return Kept.of(kept)
    except DraftMovedOn:
        return Kept(draft_of(author=author, assistant=sheet.assistant), known, moved_on=True)


def written_of(sheet: Sheet, typed: Typed, reading: Reading | None) -> Written:
    says_all = reading is not None and not reading.errors
    return Written(
        base=sheet.base.number or 0,
        newest=sheet.expected,
        name=typed.name,
        description=typed.description,
        tags=typed.tags,
        note=typed.note,
        live=typed.live,
        settings=typed.working if reading is None else reading.settings,
        settings_schema=sheet.desk.schema,
        typed=None if says_all else _letters_of(typed),
    )


def _letters_of(typed: Typed) -> Json:
    return {
        "as_json": typed.as_json,
        "json": typed.json_text,
        "data": {name: list(values) for name, values in (typed.data or {}).items() if name.startswith(("/", "#"))},
        "working": typed.working,
    }


def _is_saved(request: SignedInRequest, sheet: Sheet, typed: Typed, reading: Reading | None) -> bool:
    """Whether the base, or the newest version, holds just what was typed."""
    if not differs_as_read(sheet.desk.saved, sheet.base, typed, reading):
        return True
    if sheet.newest == sheet.base.number:
        return False
    newest = revealed(author_of(request), sheet.assistant, Assistant.history.numbered(sheet.assistant, sheet.newest))
    return not differs_as_read(Desk.of(sheet.desk.schema, newest.context).saved, newest, typed, reading)
