"""The note about the offline demonstration model, as another version is chosen or the form beside is changed."""

import uuid

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from assistants_app.domain.errors import VersionNotFound
from assistants_app.domain.json_values import Settings
from assistants_app.models import Assistant, Role
from assistants_app.services.drafts import drafts_of
from assistants_app.services.rights import may
from assistants_app.web.access import SignedInRequest, assistant_of, author_of
from assistants_app.web.addresses import number_in
from assistants_app.web.assistants import graph_of
from assistants_app.web.chat.pages import fragment
from assistants_app.web.chat.panel import DRAFT, LIVE, UNSAVED, demonstration_note
from assistants_app.web.desk import Typed
from assistants_app.web.desk_view import readable
from assistants_app.web.edit_sheet import Sheet


@require_POST
def note(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    """For what `under_test` names. Nothing is refused here: that is said when a message is sent."""
    assistant = assistant_of(request, assistant_id)
    entry = graph_of(assistant)
    if entry is None or not entry.demonstration:
        return fragment(request, "chat/_note.html", {"note": ""})
    try:
        settings = _under_test(request, assistant)
    except VersionNotFound:
        settings = assistant.context
    return fragment(request, "chat/_note.html", {"note": demonstration_note(settings)})


def _under_test(request: SignedInRequest, assistant: Assistant) -> Settings:
    """Raises VersionNotFound."""
    chosen = request.POST.get("under_test", "")
    if not may(author_of(request), Role.TESTER, assistant):
        chosen = LIVE
    if number := number_in(chosen):
        of_version: Settings = Assistant.history.numbered(assistant, number).context
        return of_version
    if chosen == DRAFT and (draft := drafts_of(author_of(request)).filter(assistant=assistant).first()):
        of_draft: Settings = draft.context
        return of_draft
    if chosen != UNSAVED:
        live: Settings = assistant.context
        return live
    base = number_in(request.POST.get("base", "")) or assistant.version
    sheet = Sheet.of(assistant, base, reader=author_of(request))
    reading, _view = readable(sheet.desk, Typed.of(request, sheet.desk))
    in_form: Settings = reading.settings if reading else sheet.desk.saved
    return in_form
