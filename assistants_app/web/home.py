"""Home: what to do first, what changed lately, and one's own threads."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from assistants_app.models import Assistant, Person, Role
from assistants_app.models.assistants import AssistantQuerySet, VersionQuerySet
from assistants_app.services.drafts import drafts_of
from assistants_app.services.inbox import runs_that_ask
from assistants_app.services.review_lists import waiting_for
from assistants_app.services.rights import may, may_make_some
from assistants_app.web.access import SignedInRequest, assistants_of, author_of
from assistants_app.web.inbox import shown_in_lists

RECENT = 8


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the first-run checklist."""

    title: str
    help: str
    address: str
    done: bool


@require_safe
def show(request: SignedInRequest) -> HttpResponse:
    steps = _first_steps(request)
    seen = assistants_of(request)
    # Asked row by row: there are few of one's own, and ten thousand assistants.
    versions = Assistant.history.filter(Exists(seen.filter(pk=OuterRef("id"))), number__isnull=False)
    own = versions.filter(history_user=request.user)
    threads = request.user.threads.without_state().filter(Exists(seen.filter(pk=OuterRef("assistant_id"))))
    context = {
        "steps": steps if not all(step.done for step in steps) else (),
        "steps_done": sum(step.done for step in steps),
        "asking": shown_in_lists(runs_that_ask(author_of(request)))[:3],
        "waiting": waiting_for(author_of(request)).for_list().order_by("asked_at", "pk")[:6],
        "drafts": drafts_of(author_of(request)).for_list()[:8],
        "recent": _recent(seen, versions),
        "mine": own.for_list().order_by("-history_id")[:6],
        "threads": threads.select_related("assistant")[:6],
    }
    return render(request, "home/home.html", context)


def _recent(seen: AssistantQuerySet, versions: VersionQuerySet) -> list[Assistant]:
    """The assistants saved last, whether live or not: among those of the last versions of all, which an index finds,
    and those that were changed last, for when one of them was saved all the time."""
    saved = versions.order_by("-history_id").values_list("id", flat=True)[:100]
    changed = seen.for_list().order_by("-updated_at", "-pk").values_list("pk", flat=True)[:RECENT]
    found: Any = seen.with_newest_at().for_list().filter(pk__in={*saved, *changed})
    return sorted(found, key=lambda assistant: (assistant.newest_at, assistant.pk), reverse=True)[:RECENT]


def _first_steps(request: SignedInRequest) -> list[Step]:
    """What a newcomer with this person's roles does once, in this order. Each is told from what is there, so none is
    ticked by hand."""
    person = request.user
    saved = Assistant.history.filter(history_user=person)
    to_try = _to_try(request)
    author = author_of(request)
    makes = may_make_some(author)
    steps = []
    if makes:
        why = _("Choose a graph, give it a name, and shape its settings in a form.")
        steps.append(Step(_("Make an assistant"), why, reverse("assistant-new"), saved.filter(number=1).exists()))
    if makes or to_try:
        why = _("Talk to it the way your users would. No other person sees it; programs with a key can.")
        address = reverse("assistant-chat", args=[to_try.assistant_id]) if to_try else reverse("assistants")
        steps.append(Step(_("Test it in chat"), why, address, person.threads.exists()))
    if may(author, Role.EDITOR, to_try) if to_try else makes:
        why = _("Every save is a version. Open Versions to compare any two side by side.")
        address = reverse("assistant-edit", args=[to_try.assistant_id]) if to_try else reverse("assistants")
        steps.append(Step(_("Change a setting and save again"), why, address, saved.filter(number__gt=1).exists()))
    if not person.has_usable_password():
        why = _("You came by a one-time link. With a password you can sign in again.")
        steps.insert(0, Step(_("Set a password"), why, reverse("account"), False))
    if person.is_superuser:
        why = _("Everybody signs in with an account of their own, so versions say who made them.")
        steps.append(
            Step(
                _("Add the people you work with"), why, reverse("people"), Person.objects.exclude(pk=person.pk).exists()
            )
        )
    return steps


def _to_try(request: SignedInRequest) -> Assistant | None:
    """The assistant that this person shaped last, else any."""
    own = Assistant.history.filter(history_user=request.user, number__isnull=False)
    lately = list(own.order_by("-history_id").values_list("id", flat=True)[:20])
    found = assistants_of(request).for_list().order_by("-updated_at", "-pk")
    return found.filter(pk__in=lately).first() or found.first()
