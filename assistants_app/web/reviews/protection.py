"""Protecting an assistant: the switch on its overview, and what a save says that waits."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assistants_app.models import Assistant, Protection, Review, Role
from assistants_app.services.case_policy import set_cases_required
from assistants_app.services.reviews import set_protection
from assistants_app.web.access import SignedInRequest, assistant_of, author_of


def with_review(assistant: Assistant, number: int, said: str) -> str:
    """A toast's words, with a link to the request where the version waits for a publisher."""
    review = Review.objects.waiting().filter(assistant=assistant, number=number).first()
    if review is None:
        return said
    address = reverse("review", args=[review.pk])
    return format_html('{} <a class="link" href="{}">{}</a>', said, address, _("See the review"))


@require_POST
def protect(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    assistant_of(request, assistant_id, Role.PUBLISHER)
    said = request.POST.get("protection")
    if said not in Protection.values:
        messages.error(request, _("Choose who has to approve versions."))
        return redirect("assistant", assistant_id)
    author = author_of(request)
    changed = set_protection(assistant_id=assistant_id, protection=Protection(said), author=author)
    cases = "cases_shown" in request.POST and set_cases_required(
        assistant_id=assistant_id, required="cases" in request.POST, author=author
    )
    if cases and not changed:
        messages.success(request, _("Saved."))
    elif not changed:
        messages.info(request, _("Nothing changed."))
    elif said:
        messages.success(request, _("Protected: from now on every version waits for a publisher."))
    else:
        messages.success(request, _("Not protected any more: what a publisher saves goes live at once."))
    return redirect("assistant", assistant_id)
