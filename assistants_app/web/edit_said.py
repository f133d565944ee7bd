"""What is said on the edit page after a save."""

from django.contrib import messages
from django.utils.translation import gettext as _

from assistants_app.domain.config_values import Reading
from assistants_app.models import Role
from assistants_app.services.rights import may
from assistants_app.services.versions import Saved, make_live
from assistants_app.web.access import SignedInRequest, author_of
from assistants_app.web.desk import Typed
from assistants_app.web.edit_sheet import Sheet
from assistants_app.web.reviews.protection import with_review


def say_saved(request: SignedInRequest, sheet: Sheet, typed: Typed, reading: Reading, saved: Saved) -> None:
    """What the save came to. Saving an unchanged version that is not live still makes it live, if so wished."""
    said = {"number": saved.number, "live": sheet.assistant.version}
    publishes = may(author_of(request), Role.PUBLISHER, sheet.assistant) and not sheet.assistant.protection
    if saved.created:
        text = _("Saved as v%(number)s, live now.") if saved.live else _("Saved as v%(number)s. v%(live)s stays live.")
        if not publishes:
            text = _("Saved as v%(number)s; a publisher makes it live. v%(live)s stays live until then.")
        messages.success(request, with_review(sheet.assistant, saved.number, text % said))
        if reading.not_checked:
            messages.warning(request, _("Not checked: %(reasons)s") % {"reasons": " ".join(reading.not_checked)})
    elif saved.number != sheet.base.number:
        messages.info(request, _("This was saved already, as v%(number)s.") % said)
    elif typed.live and publishes and saved.number != sheet.assistant.version:
        make_live(assistant_id=sheet.assistant.assistant_id, number=saved.number, author=author_of(request))
        messages.success(request, _("Nothing changed since v%(number)s, which is live now.") % said)
    else:
        messages.info(request, _("Nothing changed since v%(number)s.") % said)
