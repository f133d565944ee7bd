"""What the pages that edit settings have in common when a form is posted: buttons that save nothing, refusals."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from assistants_app.domain.errors import InvalidName, InvalidSettings, InvalidText, NotAllowed
from assistants_app.web.desk import Desk, Typed
from assistants_app.web.desk_view import DeskView, Problem, after_button, after_tab
from assistants_app.web.forms import posted, pressed, render_field
from assistants_app.web.fragments import wants_part

REFUSALS = (InvalidName, InvalidText, InvalidSettings, NotAllowed)
"""What `refused` shows."""


def only_moved(request: HttpRequest, desk: Desk, typed: Typed, **beside: object) -> DeskView | HttpResponse | None:
    """After a button that moves things about on the page: the page, or for htmx the one setting, with what stands
    `beside` it. None: another one."""
    action = pressed(posted(request))
    if action is not None:
        view = after_button(desk, typed, action)
        if not (view.form and wants_part(request)):
            return view
        return render_field(request, view.form, action, view.focus, **beside)
    do = request.POST.get("do", "")
    return after_tab(desk, typed, do.removeprefix("tab:")) if do.startswith("tab:") else None


def refused(view: DeskView, error: InvalidName | InvalidText | InvalidSettings | NotAllowed) -> DeskView:
    """The page as typed, with what a service refused at its place."""
    if isinstance(error, InvalidSettings):
        return view.also(*(Problem(one.pointer or "content", "", one.message) for one in error.errors))
    if isinstance(error, NotAllowed):
        return view.also(Problem("content", "", error.message))
    labels = {"name": _("Name"), "description": _("Description"), "note": _("Note"), "tags": _("Tags")}
    field = error.field if isinstance(error, InvalidText) else "name"
    return view.also(Problem(field, labels.get(field, ""), error.message))
