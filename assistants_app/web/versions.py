"""An assistant's versions: the list, one of them to read, restoring, making live, cloning."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assistants_app.domain.config_values import bind
from assistants_app.domain.config_values.hidden import without_secrets
from assistants_app.domain.drafts import DraftNotReady
from assistants_app.domain.errors import InvalidName, InvalidSettings, InvalidText, NotAllowed
from assistants_app.domain.json_values import Json
from assistants_app.domain.review_errors import NotApproved
from assistants_app.domain.tags import tags_in
from assistants_app.models import Assistant, AssistantVersion, Draft, Person, Review, Role
from assistants_app.models.assistants import VersionQuerySet
from assistants_app.services import versions as services
from assistants_app.services.assistants import clone_assistant
from assistants_app.services.draft_steps import save_draft
from assistants_app.services.drafts import discard_draft, draft_of
from assistants_app.services.hidden import revealed
from assistants_app.services.rights import may_make_some
from assistants_app.web.access import SignedInRequest, assistant_of, author_of
from assistants_app.web.addresses import number_in
from assistants_app.web.forms import spec_of
from assistants_app.web.fragments import render_list, without_empty

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class ListState:
    """What the address says about the list, the picked pair included."""

    text: str
    author: str
    noted: bool
    before: int | None
    after: int | None
    left: int | None
    right: int | None

    @classmethod
    def of(cls, query: QueryDict) -> "ListState":
        return cls(
            text=query.get("q", "").replace("\0", "")[:200],
            author=query.get("author", ""),
            noted=bool(query.get("noted")),
            before=_number(query, "before"),
            after=_number(query, "after"),
            left=_number(query, "left"),
            right=_number(query, "right"),
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.text.strip() or self.author or self.noted)

    def found(self, assistant: Assistant, me: Person) -> VersionQuerySet:
        found: VersionQuerySet = Assistant.history.of(assistant).for_list().search(self.text)
        if self.noted:
            found = found.exclude(history_change_reason="")
        if self.author == "me":
            found = found.filter(history_user=me)
        elif self.author:
            found = found.filter(history_user_id=number_in(self.author) or 0)
        return found


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of versions, newest first, cut by number: the ten-thousandth opens like the first."""

    rows: list[AssistantVersion]
    newer: int | None
    """`after` this number there are newer ones; None when there are none."""
    older: int | None

    @classmethod
    def cut(cls, found: VersionQuerySet, state: ListState) -> "Stretch":
        if state.after is not None:
            rows = list(found.filter(number__gt=state.after).order_by("number")[: PAGE_SIZE + 1])
            more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE][::-1]
            oldest = not rows or not state.after  # "after 0" is where the list begins
            return cls(rows, rows[0].number if more else None, None if oldest else rows[-1].number)
        if state.before is not None:
            found = found.filter(number__lt=state.before)
        rows = list(found[: PAGE_SIZE + 1])
        more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
        newer = rows[0].number if rows and state.before is not None else None
        return cls(rows, newer, rows[-1].number if more else None)


@require_safe
def index(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    assistant = assistant_of(request, assistant_id)
    state = ListState.of(request.GET)
    stretch = Stretch.cut(state.found(assistant, request.user), state)
    numbers = [row.number for row in stretch.rows]
    note_reviews(assistant, stretch.rows)
    context = {
        "assistant": assistant,
        "tab": "versions",
        "state": state,
        "stretch": stretch,
        "newest": Assistant.history.newest_number(assistant),
        "people": Person.objects.exclude(pk=request.user.pk).order_by("first_name", "username"),
        "left": state.left or (numbers[1] if len(numbers) > 1 else None),
        "right": state.right or (numbers[0] if len(numbers) > 1 else None),
        "on_page": numbers,
        "newer": without_empty(request.GET, after=stretch.newer, before=None),
        "older": without_empty(request.GET, before=stretch.older, after=None),
        "newest_page": without_empty(request.GET, before=None, after=None),
        "oldest_page": without_empty(request.GET, before=None, after=0),
    }
    return render_list(request, "versions/versions.html", "versions/_versions.html", context)


@require_safe
def pick(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    """From the two radio columns to the comparison's own address."""
    assistant_of(request, assistant_id)
    left, right = _end(request.GET, "left"), _end(request.GET, "right")
    if not (left and right):
        messages.warning(request, _("Pick two versions to compare."))
        return redirect("assistant-versions", assistant_id)
    return redirect("assistant-compare", assistant_id, left, right)


@require_safe
def show(request: SignedInRequest, assistant_id: uuid.UUID, number: int) -> HttpResponse:
    assistant = assistant_of(request, assistant_id)
    version = revealed(author_of(request), assistant, Assistant.history.numbered(assistant, number))
    note_reviews(assistant, [version])
    spec = spec_of(version.settings_schema or {})
    form = bind(spec, version.context)
    context = {
        "assistant": assistant,
        "tab": "versions",
        "version": version,
        "is_live": version.number == assistant.version,
        "newest": Assistant.history.newest_number(assistant),
        "form": form,
        "tags": tags_in(version.metadata),
        "other": pretty(form.other) if form.other else "",
        "raw": pretty(without_secrets(spec, version.context)),
    }
    return render(request, "versions/version.html", context)


@require_POST
def restore(request: SignedInRequest, assistant_id: uuid.UUID, number: int) -> HttpResponse:
    """Asks first what is to become of a draft, if there is one."""
    assistant, author = assistant_of(request, assistant_id, Role.PUBLISHER), author_of(request)
    draft, choice = draft_of(author=author, assistant=assistant), request.POST.get("draft", "")
    if draft and choice not in ("keep", "discard"):
        return _ask_about_draft(request, assistant, draft, number)
    kept = None
    try:
        with transaction.atomic():  # a draft whose version would be in the way of what is restored stays a draft
            if draft and choice == "keep":
                note = _("Draft, kept before another version was restored")
                kept = save_draft(author=author, assistant=assistant, note=note)
            saved = services.restore_version(assistant_id=assistant_id, number=number, author=author)
    except NotApproved as error:
        return _not_approved(request, error, assistant_id, number)
    except (DraftNotReady, InvalidName, InvalidText, InvalidSettings) as error:
        if not draft:
            raise
        return _ask_about_draft(request, assistant, draft, number, error.message)
    if kept:
        messages.info(request, _("Your draft is kept as v%(number)s.") % {"number": kept.number})
    if draft and choice == "discard":
        discard_draft(author=author, assistant=assistant)
    names = {"number": number, "new": saved.number}
    if saved.created:
        said = _("v%(number)s is restored as v%(new)s, which is live now.") % names
        messages.success(request, _with_view(said, assistant_id, saved.number))
    else:
        messages.info(request, _("The live v%(new)s holds the same as v%(number)s; nothing was saved.") % names)
    return redirect("assistant-versions", assistant_id)


def _ask_about_draft(
    request: SignedInRequest, assistant: Assistant, draft: Draft, number: int, error: str = ""
) -> HttpResponse:
    Assistant.history.numbered(assistant, number)
    context = {"assistant": assistant, "tab": "versions", "number": number, "draft": draft, "error": error}
    return render(request, "versions/restore.html", context, status=422 if error else 200)


@require_POST
def make_live(request: SignedInRequest, assistant_id: uuid.UUID, number: int) -> HttpResponse:
    before = assistant_of(request, assistant_id).version
    try:
        services.make_live(assistant_id=assistant_id, number=number, author=author_of(request))
    except NotApproved as error:
        return _not_approved(request, error, assistant_id, number)
    said = _("v%(number)s is live now; it was v%(before)s before.") % {"number": number, "before": before}
    messages.success(request, _with_view(said, assistant_id, number))
    return redirect("assistant-versions", assistant_id)


@require_http_methods(["GET", "HEAD", "POST"])
def clone(request: SignedInRequest, assistant_id: uuid.UUID, number: int) -> HttpResponse:
    """Asks for the new assistant's name, then makes it."""
    assistant = assistant_of(request, assistant_id)
    if not may_make_some(author_of(request), assistant.graph_id):
        raise NotAllowed(_("Making an assistant needs the role %(role)s.") % {"role": Role.EDITOR.label})
    version = Assistant.history.of(assistant).for_list().numbered(assistant, number)
    proposed = (_("%(name)s (copy)") % {"name": version.name})[:200]
    context = {"assistant": assistant, "tab": "versions", "version": version, "name": proposed}
    if request.method != "POST":
        return render(request, "versions/clone.html", context)
    context["name"] = request.POST.get("name", "")
    try:
        made = clone_assistant(
            assistant_id=assistant_id, number=number, name=str(context["name"]), author=author_of(request)
        )
    except InvalidName as error:
        context["error"] = error.message
        return render(request, "versions/clone.html", context, status=422)
    messages.success(request, _("%(name)s is made.") % {"name": made.name})
    return redirect("assistant", made.assistant_id)


def note_reviews(assistant: Assistant, rows: Iterable[AssistantVersion]) -> None:
    """Gives each row its `review`, if it has one, and `may_be_live`."""
    listed: list[Any] = list(rows)
    found = Review.objects.with_newer().filter(assistant=assistant, number__in=[row.number for row in listed])
    reviews = {review.number: review for review in found}
    for row in listed:
        row.review = reviews.get(row.number)
        row.may_be_live = not assistant.protection or bool(row.review and row.review.is_approved)


def _not_approved(request: SignedInRequest, error: NotApproved, assistant_id: uuid.UUID, number: int) -> HttpResponse:
    messages.error(request, error.message)
    return redirect("assistant-version", assistant_id, number)


def pretty(value: Json) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _number(query: QueryDict, name: str) -> int | None:
    return number_in(query.get(name, ""))


def _end(query: QueryDict, name: str) -> str:
    """One end of a comparison, as its address has it; "" for none."""
    number = _number(query, name)
    if number is None:
        return "draft" if query.get(name) == "draft" else ""
    return f"v{number}"


def _with_view(said: str, assistant_id: uuid.UUID, number: int) -> str:
    """A toast's words with a link to the version."""
    address = reverse("assistant-version", args=[assistant_id, number])
    return format_html('{} <a class="link" href="{}">{}</a>', said, address, _("View"))
