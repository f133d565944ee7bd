"""Which settings a message is tested with: those of a version, of one's draft, or what stands in the form beside."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from assistants_app.domain.drafts import DraftNotFound, DraftNotReady
from assistants_app.domain.errors import InvalidSettings, VersionNotFound
from assistants_app.domain.json_values import Settings
from assistants_app.models import Assistant
from assistants_app.services.drafts import draft_to_run
from assistants_app.services.hidden import for_run
from assistants_app.web.access import SignedInRequest, author_of, require_tester
from assistants_app.web.addresses import number_in
from assistants_app.web.chat.given import NotSent
from assistants_app.web.chat.panel import DRAFT, LIVE, UNSAVED
from assistants_app.web.desk import Typed
from assistants_app.web.desk_view import readable
from assistants_app.web.edit_sheet import Sheet


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which settings a run uses: a version's (None: the live one), or those of a draft that was made from a version."""

    version: int | None = None
    settings: Settings | None = None
    draft_of: int | None = None


def wanted_settings(request: SignedInRequest, assistant: Assistant) -> Wanted:
    """What `under_test` names. Raises NotSent for unsaved values that are not valid, with links to their fields."""
    chosen = request.POST.get("under_test", LIVE)
    if chosen != LIVE:
        require_tester(request, assistant)
    if chosen == UNSAVED:
        return _unsaved(request, assistant)
    if chosen == DRAFT:
        return _draft(request, assistant)
    if chosen == LIVE:
        return Wanted()
    if (number := number_in(chosen)) is None:
        raise NotSent(_("Choose the version to test."))
    try:
        Assistant.history.numbered(assistant, number)
    except VersionNotFound as error:
        raise NotSent(error.message) from None
    return Wanted(version=number)


def _draft(request: SignedInRequest, assistant: Assistant) -> Wanted:
    try:
        draft = draft_to_run(author=author_of(request), assistant=assistant)
    except (DraftNotFound, DraftNotReady) as error:
        raise NotSent(error.message) from None
    return Wanted(settings=_not_hidden(request, assistant, draft.settings), draft_of=draft.base)


def _unsaved(request: SignedInRequest, assistant: Assistant) -> Wanted:
    """The values in the edit form beside the chat, which sends them along."""
    base = number_in(request.POST.get("base", "")) or assistant.version
    sheet = Sheet.of(assistant, base, reader=author_of(request))
    reading, view = readable(sheet.desk, Typed.of(request, sheet.desk))
    if reading is None or view.problems:
        raise NotSent(_("Some of the unsaved settings are not valid yet."), fields=view.problems)
    return Wanted(settings=_not_hidden(request, assistant, reading.settings), draft_of=sheet.base.number)


def _not_hidden(request: SignedInRequest, assistant: Assistant, settings: Settings) -> Settings:
    """As a test takes them. Raises NotSent for values of settings that are hidden from who tests."""
    try:
        return for_run(author_of(request), assistant, assistant.graph_id, assistant.context, settings, {})[0]
    except InvalidSettings as refused:
        raise NotSent(*(f"{one.pointer}: {one.message}" for one in refused.errors)) from None
