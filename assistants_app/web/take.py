"""From a comparison into one's draft: a setting's value in one of the versions that are compared."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assistants_app.domain.drafts import DraftMovedOn, DraftNotReady
from assistants_app.models import Role
from assistants_app.services.draft_steps import Takes, take_into_draft
from assistants_app.web.access import SignedInRequest, assistant_of, author_of


@require_POST
def take(request: SignedInRequest, assistant_id: uuid.UUID, number: int) -> HttpResponse:
    """`key` is a setting's; `what` may say otherwise. Back to where the button was, which says what came of it."""
    assistant = assistant_of(request, assistant_id, Role.EDITOR)
    key, asked = request.POST.get("key", ""), request.POST.get("what", Takes.SETTING)
    what = next((one for one in Takes if one == asked), Takes.SETTING)
    edit = reverse("assistant-edit", args=[assistant_id])
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = edit
    try:
        draft = take_into_draft(author=author_of(request), assistant=assistant, number=number, key=key, what=what)
    except (DraftNotReady, DraftMovedOn) as error:
        messages.warning(request, error.message)
    else:
        said = _("Your draft has the value of v%(number)s.") if draft else _("Your draft is as what is saved again.")
        link = format_html('{} <a class="link" href="{}">{}</a>', said % {"number": number}, edit, _("Open the form"))
        messages.success(request, link)
        back = back if draft else edit  # a comparison to a draft that is no more is not there
    return redirect(back)
