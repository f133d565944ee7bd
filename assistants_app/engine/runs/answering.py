"""Whether a run's answer is one to what its graph waits for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from assistants_app.domain.errors import NothingToResume, UnknownInterruptError
from assistants_app.domain.json_values import canonical
from assistants_app.domain.language import gettext as _
from assistants_app.engine.events.encoding import to_json
from assistants_app.models import Run

if TYPE_CHECKING:
    from langgraph.types import StateSnapshot


def resumes(run: Run) -> bool:
    """Whether the run answers what a graph asked."""
    return bool(run.command) and run.command.get("resume") is not None


def require_answerable(run: Run, state: "StateSnapshot") -> None:
    """Raises NothingToResume, UnknownInterruptError.

    An answer is to what was asked when it was given: a second one, sent at the same time, is none to what the
    graph asked after the first.
    """
    if not state.next and not state.interrupts:
        raise NothingToResume
    asked = {(one["id"], canonical(one["value"])) for one in run.options.get("asked", ())}
    if asked and not run.options.get("checkpoint_id"):
        waiting = {(one.id, canonical(to_json(one.value))) for one in state.interrupts}
        if asked.isdisjoint(waiting):
            raise NothingToResume(_("This question was answered already."))
    resume = run.command["resume"]
    if not run.options.get("strict_resume") or not isinstance(resume, Mapping):
        return
    if unknown := sorted(set(resume) - {one.id for one in state.interrupts}):
        raise UnknownInterruptError(_("No question with the id %(ids)s waits here.") % {"ids": ", ".join(unknown)})
