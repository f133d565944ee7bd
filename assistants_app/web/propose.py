"""A sentence goes to the model that the operator chose; what it proposes comes back to the edit page alone."""

import uuid
from dataclasses import dataclass, replace

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from assistants_app.domain.proposals.asking import LONGEST_MATERIAL, LONGEST_SENTENCE, Question
from assistants_app.domain.proposals.fitting import LeftOut
from assistants_app.domain.proposals.wanted import NoProposal, Reply
from assistants_app.engine.asking.proposing import proposed
from assistants_app.models import Role
from assistants_app.services.proposals import ask_for_proposal, closed_to
from assistants_app.web.access import SignedInRequest, assistant_of, author_of
from assistants_app.web.desk import Typed
from assistants_app.web.desk_view import as_typed, readable
from assistants_app.web.edit import edit_page, sheet_of
from assistants_app.web.edit_sheet import Sheet
from assistants_app.web.fragments import wants_part
from assistants_app.web.talk import Talk, fitted, talk_of, with_pending


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks, and from where."""

    sheet: Sheet
    typed: Typed
    talk: Talk
    question: Question


@require_http_methods(["GET", "HEAD", "POST"])
async def propose(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    """While the model thinks the event loop is free, and no connection or lock is held."""
    asked = await sync_to_async(_asked)(request, assistant_id)
    if isinstance(asked, HttpResponse):
        return asked
    try:
        reply = await proposed(asked.question)
    except NoProposal as error:
        return await sync_to_async(_answer)(request, asked, replace(asked.talk, problem=error.message))
    return await sync_to_async(_replied)(request, asked, reply)


def _asked(request: SignedInRequest, assistant_id: uuid.UUID) -> Asked | HttpResponse:
    """The question; or the answer, where there is none to ask."""
    assistant = assistant_of(request, assistant_id, Role.EDITOR)
    if request.method != "POST":
        return redirect("assistant-edit", assistant_id)
    sheet, _complete = sheet_of(request, assistant)
    typed = Typed.of(request, sheet.desk)
    talk = talk_of(request, sheet, typed) or Talk("")
    reading = readable(sheet.desk, typed)[0]
    before = fitted(request, sheet, reading, talk.pending).settings if reading else {}
    asked = Asked(
        sheet,
        typed,
        talk,
        Question(
            spec=sheet.desk.spec,
            settings=before,
            closed=frozenset(closed_to(author_of(request), assistant)),
            sentence=talk.sentence.strip(),
            said=talk.pending.sentences,
        ),
    )
    try:
        if reading is None:
            raise NoProposal(_("The JSON cannot be read as it is. Put it right first."))
        _check(asked)
        ask_for_proposal(author=author_of(request), assistant=assistant, sentence=asked.question.sentence)
    except NoProposal as refused:
        return _answer(request, asked, replace(talk, problem=refused.message), status=422)
    if not connection.in_atomic_block:
        close_old_connections()  # to the pool: the model may take a minute
    return asked


def _check(asked: Asked) -> None:
    """Raises NoProposal."""
    sentence = asked.question.sentence
    if not asked.talk.model:
        raise NoProposal(_("This site has no model that proposes settings: an operator chooses one."))
    if not sentence:
        raise NoProposal(_("Say what to change, as “Make it shorter and more formal”."))
    if len(sentence) > LONGEST_SENTENCE:
        raise NoProposal(_("Say it in at most %(most)s characters.") % {"most": LONGEST_SENTENCE})
    if len(asked.question.text) > LONGEST_MATERIAL:
        raise NoProposal(_("These settings are too long to be told to a model."))


def _replied(request: SignedInRequest, asked: Asked, reply: Reply) -> HttpResponse:
    sentence, talk = asked.question.sentence, replace(asked.talk, said=reply.said, shown=None)
    pending = asked.talk.pending.and_then(sentence, reply.changes)
    talk = with_pending(request, asked.sheet, asked.typed, talk, pending)
    if reply.senseless:
        many = _("%(count)s changes that made no sense.") % {"count": reply.senseless}
        talk = replace(talk, left_out=(*talk.left_out, LeftOut("", many)))
    if talk.pending.changes and reply.changes:
        talk = replace(talk, sentence="")
    elif not talk.left_out:
        talk = replace(talk, problem=_("Nothing would change by that."))
    return _answer(request, asked, talk)


def _answer(request: SignedInRequest, asked: Asked, talk: Talk, status: int = 200) -> HttpResponse:
    """This part of the page for htmx, which leaves the form alone; else all of it, as it was typed."""
    if not wants_part(request):
        return edit_page(request, asked.sheet, as_typed(asked.sheet.desk, asked.typed), talk=talk)
    context = {"assistant": asked.sheet.assistant, "sheet": asked.sheet, "talk": talk}
    response = render(request, "assistants/_talk.html", context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
