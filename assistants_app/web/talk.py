"""By conversation: what a model proposes for a sentence stands on the edit page, beside the form, until it is taken.

It changes nothing by itself. What is taken goes where the person's own typing goes: into the form, and so their draft.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.conf import settings as site
from django.utils.translation import gettext as _

from assistants_app.domain.cases.judging import IMITATION
from assistants_app.domain.config_values import Reading
from assistants_app.domain.config_values.actions import is_under
from assistants_app.domain.diff import Snapshot
from assistants_app.domain.json_pointer import unescape
from assistants_app.domain.proposals.closed import is_within
from assistants_app.domain.proposals.fitting import LeftOut, Proposal, fit
from assistants_app.domain.proposals.wanted import Pending
from assistants_app.services.proposals import closed_to
from assistants_app.web.access import SignedInRequest, author_of
from assistants_app.web.compare.blocks import Shown, show
from assistants_app.web.desk import Typed
from assistants_app.web.desk_view import readable
from assistants_app.web.edit_sheet import Sheet

ALL = "take"
ONE = "take:"
"""What the buttons say; after the latter comes the pointer of a setting."""


NOTHING = Pending()


@dataclass(frozen=True, slots=True)
class Talk:
    """The part of the page. `shown` is what is proposed against what stands in the form; None where nothing is."""

    model: str
    sentence: str = ""
    pending: Pending = NOTHING
    shown: Shown | None = None
    left_out: tuple[LeftOut, ...] = ()
    said: str = ""
    problem: str = ""
    taken: tuple[str, ...] = ()
    """The settings, by their labels, that were just taken."""

    @property
    def imitates(self) -> bool:
        return self.model == IMITATION

    @property
    def several(self) -> bool:
        return self.shown is not None and len(self.shown.blocks) > 1


def talk_of(request: SignedInRequest, sheet: Sheet, typed: Typed) -> Talk | None:
    """As the page has it; None where the site has no model for it."""
    model = site.PROPOSAL_MODEL.strip()
    if not model:
        return None
    talk = Talk(model, sentence=request.POST.get("sentence", ""))
    return with_pending(request, sheet, typed, talk, Pending.of(request.POST.get("proposal", "")))


def with_pending(request: SignedInRequest, sheet: Sheet, typed: Typed, talk: Talk, pending: Pending) -> Talk:
    """With what is left of a proposal, held against the form as it stands."""
    if not pending.changes:
        return replace(talk, pending=NOTHING, shown=None)
    reading = readable(sheet.desk, typed)[0]
    if reading is None:
        return replace(talk, pending=pending)
    proposal = fitted(request, sheet, reading, pending)
    left_out = (*talk.left_out, *(one for one in proposal.left_out if one not in talk.left_out))
    if not proposal.changes:
        return replace(talk, pending=NOTHING, shown=None, left_out=left_out)
    sides = [
        Snapshot(name=typed.name, description=typed.description, settings=settings, schema=sheet.desk.schema)
        for settings in (reading.settings, proposal.settings)
    ]
    shown = show(sides[0], sides[1], old_name=_("In the form"), new_name=_("Proposed"))
    kept = Pending(pending.sentences, proposal.changes)
    return replace(talk, pending=kept, shown=shown, left_out=left_out)


def fitted(request: SignedInRequest, sheet: Sheet, reading: Reading, pending: Pending) -> Proposal:
    closed = closed_to(author_of(request), sheet.assistant)
    return fit(sheet.desk.spec, reading.settings, pending.changes, closed)


def is_talk(do: str) -> bool:
    """Whether a button is one of this part."""
    return do in (ALL, "drop") or do.startswith(ONE)


def after_talk(request: SignedInRequest, sheet: Sheet, typed: Typed) -> tuple[Typed, Talk | None]:
    """The form, and this part, after one of its buttons."""
    talk, do = talk_of(request, sheet, typed), request.POST.get("do", "")
    if talk is None:
        return typed, None
    if do == "drop":
        return typed, Talk(talk.model)
    wanted = talk.pending if do == ALL else talk.pending.only(do.removeprefix(ONE))
    reading = readable(sheet.desk, typed)[0]
    if reading is None:
        return typed, replace(talk, problem=_("The JSON cannot be read as it is. Put it right first."))
    proposal = fitted(request, sheet, reading, wanted)
    stuck = _half_typed(reading, proposal)
    proposal = fitted(request, sheet, reading, Pending((), proposal.changes).without(set(stuck)))
    typed = _with(sheet, typed, proposal)
    said = _("Put right what you typed there first, or it would be lost.")
    rest = replace(talk, left_out=tuple(LeftOut(_label(sheet, key), said) for key in stuck), shown=None)
    rest = with_pending(request, sheet, typed, rest, talk.pending.without(set(proposal.keys)))
    return typed, replace(rest, taken=tuple(_label(sheet, key) for key in proposal.keys))


def _half_typed(reading: Reading, proposal: Proposal) -> Sequence[str]:
    """The settings with something in them that cannot be read, and that the proposal says nothing of."""
    return [
        key
        for key in proposal.keys
        if any(
            is_within(error.pointer, key) and not any(is_within(error.pointer, one.pointer) for one in proposal.changes)
            for error in reading.errors
        )
    ]


def _with(sheet: Sheet, typed: Typed, proposal: Proposal) -> Typed:
    """As if it had been typed: what else stands in the form stays to the letter."""
    if not proposal.changes:
        return typed
    if typed.as_json:
        return replace(typed, json_text=sheet.desk.as_text(proposal.settings))
    working, data = dict(typed.working), dict(typed.data or {})
    for pointer in proposal.keys:
        key = unescape(pointer[1:])
        working.pop(key, None)
        if key in proposal.settings:
            working[key] = proposal.settings[key]
        data = {name: values for name, values in data.items() if not is_under(name, pointer)}
    return replace(typed, working=working, data=data)


def _label(sheet: Sheet, pointer: str) -> str:
    field = sheet.desk.spec.field(unescape(pointer[1:]))
    return field.label if field else pointer
