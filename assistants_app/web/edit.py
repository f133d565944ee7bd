"""Editing an assistant: its settings as a form or as JSON, saved as a version."""

import uuid
from dataclasses import dataclass, replace
from functools import partial

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from assistants_app.domain.diff import summarise
from assistants_app.domain.drafts import DraftNotFound, Known
from assistants_app.domain.errors import StaleBase, VersionNotFound
from assistants_app.domain.tags import retagged, tags_text
from assistants_app.models import Assistant, Role
from assistants_app.services.contents import snapshot_of
from assistants_app.services.drafts import bring_back_draft, discard_draft, discarded_draft, draft_of
from assistants_app.services.hidden import revealed
from assistants_app.services.last_changes import last_changes
from assistants_app.services.versions import save_version
from assistants_app.web.access import SignedInRequest, assistant_of, author_of
from assistants_app.web.addresses import number_in
from assistants_app.web.chat.pages import make_panel
from assistants_app.web.chat.panel import Panel
from assistants_app.web.compare.blocks import Shown, show
from assistants_app.web.desk import Typed
from assistants_app.web.desk_posts import REFUSALS, only_moved, refused
from assistants_app.web.desk_view import DeskView, Problem, as_typed, differs, opened, readable
from assistants_app.web.edit_conflict import Conflict, against, conflict_in, conflict_of, picks_in
from assistants_app.web.edit_draft import (
    Kept,
    draft_view,
    keep,
    known_in,
    lost_in,
    new_page,
    own_draft,
    page_in,
    typed_in,
)
from assistants_app.web.edit_others import Others
from assistants_app.web.edit_said import say_saved
from assistants_app.web.edit_sheet import Sheet, edit_address
from assistants_app.web.fragments import wants_part
from assistants_app.web.locked import locked_for
from assistants_app.web.talk import Talk, after_talk, is_talk, talk_of


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    """The form: a version's, or where this person left it."""
    assistant = assistant_of(request, assistant_id, Role.EDITOR)
    if request.method == "POST":
        return _posted(request, assistant)
    draft = own_draft(request, assistant)
    if draft is not None:
        sheet = Sheet.of(assistant, draft.base, draft.newest, reader=author_of(request), draft=draft)
        return edit_page(request, sheet, draft_view(sheet.desk, typed_in(sheet.draft or draft, sheet.desk)))
    number = number_in(request.GET.get("from", "")) or assistant.version
    sheet = Sheet.of(assistant, number, reader=author_of(request))
    typed = Typed(
        name=sheet.base.name,
        description=sheet.base.description,
        tags=tags_text(sheet.base.metadata),
        working=sheet.desk.saved,
    )
    return edit_page(request, sheet, opened(sheet.desk, typed))


def _posted(request: SignedInRequest, assistant: Assistant) -> HttpResponse:
    sheet, complete = sheet_of(request, assistant)
    typed = Typed.of(request, sheet.desk)
    locked = partial(locked_for, author_of(request), assistant, sheet.desk.spec, typed.working)  # a template calls it
    beside = {"last_changes": last_changes(assistant, sheet.base.number or 0), "locked": locked}
    moved = only_moved(request, sheet.desk, typed, **beside)
    if moved is not None:
        return edit_page(request, sheet, moved) if isinstance(moved, DeskView) else moved
    do = request.POST.get("do", "")
    if not complete:
        lost = _("This form had lost the number of the version it started from. Look it over, then save again.")
        return edit_page(request, sheet, as_typed(sheet.desk, typed).also(Problem("content", "", lost)))
    if is_talk(do):
        typed, talk = after_talk(request, sheet, typed)
        return edit_page(request, sheet, as_typed(sheet.desk, typed), talk=talk)
    if do in _BUTTONS:
        return _BUTTONS[do](request, sheet, typed)
    return edit_page(request, sheet, as_typed(sheet.desk, typed))


def _keep(request: SignedInRequest, sheet: Sheet, typed: Typed) -> HttpResponse:
    """As somebody types: what became of it. Without the script, the page."""
    kept = keep(request, sheet, typed, over=request.POST.get("do") == "keep-over")
    if request.headers.get("HX-Trigger") == "draft-keeper":
        return render(request, "assistants/_draft_kept.html", {"kept": kept, "assistant": sheet.assistant, "oob": True})
    return edit_page(request, sheet, as_typed(sheet.desk, typed), kept=kept)


def _test(request: SignedInRequest, sheet: Sheet, typed: Typed) -> HttpResponse:
    """To the chat with what stands in the form, once it can be run."""
    reading, view = readable(sheet.desk, typed)
    kept = keep(request, sheet, typed)
    if reading is None or view.problems or kept.moved_on:
        return edit_page(request, sheet, view, kept=kept)
    version = "draft" if kept.draft else str(sheet.base.number)
    response = HttpResponse(status=204) if wants_part(request) else HttpResponse(status=302)
    address = f"{reverse('assistant-chat', args=[sheet.assistant.assistant_id])}?version={version}"
    response["HX-Redirect" if wants_part(request) else "Location"] = address
    return response


def _discard(request: SignedInRequest, sheet: Sheet, _typed: Typed) -> HttpResponse:
    discard_draft(author=author_of(request), assistant=sheet.assistant)
    return redirect("assistant-edit", sheet.assistant.assistant_id)


def _bring_back(request: SignedInRequest, sheet: Sheet, typed: Typed) -> HttpResponse:
    try:
        bring_back_draft(author=author_of(request), assistant=sheet.assistant)
    except DraftNotFound as error:
        return edit_page(request, sheet, as_typed(sheet.desk, typed).also(Problem("content", "", error.message)))
    return redirect("assistant-edit", sheet.assistant.assistant_id)


def sheet_of(request: SignedInRequest, assistant: Assistant) -> tuple[Sheet, bool]:
    """The version that the form says it was made from; the live one, and False, when it does not say."""
    draft = draft_of(author=(author := author_of(request)), assistant=assistant)
    base, expected = (number_in(request.POST.get(name, "")) for name in ("base", "expected_version"))
    if base and expected:
        try:
            return Sheet.of(assistant, base, expected, reader=author, draft=draft), True
        except VersionNotFound:
            pass
    return Sheet.of(assistant, assistant.version, reader=author, draft=draft), False


def _save(request: SignedInRequest, sheet: Sheet, typed: Typed) -> HttpResponse:
    reading, view = readable(sheet.desk, typed)
    if reading is None or view.problems:
        return edit_page(request, sheet, view)
    conflict = conflict_in(request, sheet, typed, reading)
    number = conflict.theirs.number if conflict else sheet.base.number
    try:
        saved = save_version(
            assistant_id=sheet.assistant.assistant_id,
            name=conflict.name if conflict else typed.name,
            description=conflict.description if conflict else typed.description,
            settings=conflict.settings if conflict else reading.settings,
            metadata=conflict.metadata if conflict else retagged(sheet.base.metadata, typed.tags),
            settings_schema=sheet.graph.settings_schema if sheet.graph and sheet.graph.available else None,
            author=author_of(request),
            note=typed.note,
            base=number or 0,
            expected_version=(conflict.theirs.number or 0) if conflict else sheet.expected,
            make_live=None if typed.live else False,
            draft=Known(known_in(request), page_in(request)),
        )
    except REFUSALS as error:
        return edit_page(request, sheet, refused(view, error))
    except StaleBase as error:
        theirs = Assistant.history.numbered(sheet.assistant, error.newest)
        return edit_page(request, sheet, view, against(request, sheet, typed, reading, theirs, picks_in(request)))
    say_saved(request, sheet, typed, reading, saved)
    sheet.assistant.refresh_from_db(fields=["version"])
    return redirect(edit_address(sheet.assistant, saved.number))


@dataclass(frozen=True, slots=True)
class Review:
    """What saving would change against the live version, and that in one line."""

    shown: Shown
    summary: str


def _review(request: SignedInRequest, sheet: Sheet, typed: Typed) -> HttpResponse:
    reading, view = readable(sheet.desk, typed)
    if reading is None or view.problems:
        response = edit_page(request, sheet, view)
        # The button asked for the dialog alone, but the errors stand on the page.
        response["HX-Retarget"] = response["HX-Reselect"] = "#editor"
        return response
    version = Assistant.history.numbered(sheet.assistant, sheet.assistant.version)
    live = snapshot_of(revealed(author_of(request), sheet.assistant, version))
    mine = replace(
        live,
        name=typed.name.strip(),
        description=typed.description,
        settings=reading.settings,
        metadata=retagged(sheet.base.metadata, typed.tags),
        schema=sheet.desk.schema,
    )
    shown = show(live, mine, old_name=f"v{sheet.assistant.version}", new_name=_("Yours"))
    return edit_page(request, sheet, view, review=Review(shown, summarise(shown.comparison)))


def edit_page(
    request: SignedInRequest,
    sheet: Sheet,
    view: DeskView,
    conflict: Conflict | None = None,
    review: Review | None = None,
    kept: Kept | None = None,
    talk: Talk | None = None,
) -> HttpResponse:
    """The page; what was sent by a form and is not saved is kept as a draft, whatever was asked for."""
    typed = view.typed
    if kept is None:
        kept = keep(request, sheet, typed) if request.method == "POST" else Kept.of(sheet.draft)
    status = 409 if conflict else view.status
    if conflict is None and (reading := readable(sheet.desk, typed)[0]) is not None:
        posted = request.method == "POST"
        conflict = (
            conflict_in(request, sheet, typed, reading) if posted else conflict_of(request, sheet, typed, reading)
        )
    context = {
        "assistant": sheet.assistant,
        "tab": "edit",
        "sheet": sheet,
        "view": view,
        "typed": typed,
        "form": view.form,
        "focus": view.focus,
        "working": "" if typed.working is sheet.desk.saved else sheet.desk.as_text(typed.working),
        "conflict": conflict,
        "review": review,
        "kept": kept,
        "page": page_in(request) or new_page(),
        "others": Others.of(request, sheet.assistant, sheet.expected),
        "last_changes": last_changes(sheet.assistant, sheet.base.number or 0),
        "lost": lost_in(sheet.draft, sheet.desk) if sheet.draft else (),
        "discarded": None if kept.draft else discarded_draft(author=author_of(request), assistant=sheet.assistant),
        "dirty": request.method == "POST" and differs(sheet.desk, sheet.base, typed),
        "graph": sheet.graph,
        "talk": talk or talk_of(request, sheet, typed),
        "locked": locked_for(author_of(request), sheet.assistant, sheet.desk.spec, typed.working),
        "panel": None if wants_part(request) else _panel(request, sheet, typed),
    }
    response = render(request, "assistants/edit.html", context, status=status)
    if request.method == "GET" and wants_part(request):
        response["HX-Replace-Url"] = sheet.address
    patch_vary_headers(response, ["HX-Request"])
    return response


def _panel(request: SignedInRequest, sheet: Sheet, typed: Typed) -> Panel:
    """The chat beside, which tests what stands in the form."""
    reading = readable(sheet.desk, typed)[0] if typed.data is not None else None
    unsaved = reading.settings if reading else typed.working
    return make_panel(request, sheet.assistant, None, beside=True, unsaved=unsaved)


_BUTTONS = {
    "review": _review,
    "save": _save,
    "keep": _keep,
    "test": _test,
    "keep-over": _keep,
    "discard": _discard,
    "bring-back": _bring_back,
}
"""What a button of the form does, by its value."""
