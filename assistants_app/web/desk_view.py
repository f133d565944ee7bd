"""What a page that edits settings shows next: after a button inside the form, a switch of tabs, a refusal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from assistants_app.domain.config_values import BoundForm, Reading, bind, bind_submitted, submit
from assistants_app.domain.errors import InvalidJson
from assistants_app.domain.json_values import Settings, same
from assistants_app.domain.tags import retagged, tags_fault
from assistants_app.models import Assistant, AssistantVersion
from assistants_app.services.secrets import sealed
from assistants_app.web.desk import Desk, Typed, read_json
from assistants_app.web.forms import rearranged


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, for the summary on top: it links to the field with the id `anchor`."""

    anchor: str
    label: str
    message: str


@dataclass(frozen=True, slots=True)
class DeskView:
    """The page's settings part as it is to be shown; `form` is None in the JSON tab."""

    typed: Typed
    form: BoundForm | None
    focus: str | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def status(self) -> int:
        return 422 if self.problems else 200

    def problem_at(self, anchor: str) -> str:
        return next((problem.message for problem in self.problems if problem.anchor == anchor), "")

    @property
    def name_error(self) -> str:
        return self.problem_at("name")

    @property
    def description_error(self) -> str:
        return self.problem_at("description")

    @property
    def note_error(self) -> str:
        return self.problem_at("note")

    @property
    def tags_error(self) -> str:
        return self.problem_at("tags")

    @property
    def json_errors(self) -> Sequence[Problem]:
        return [problem for problem in self.problems if problem.anchor == "json"]

    def also(self, *problems: Problem) -> "DeskView":
        return replace(self, problems=(*problems, *self.problems))


def opened(desk: Desk, typed: Typed) -> DeskView:
    """The page before anything was typed into it."""
    return DeskView(typed, None if typed.as_json else bind(desk.spec, typed.working))


def as_typed(desk: Desk, typed: Typed) -> DeskView:
    """The page as typed, without complaints: nobody asked to save yet."""
    if typed.as_json or typed.data is None:
        return opened(desk, typed)
    return DeskView(typed, bind_submitted(desk.spec, typed.working, typed.data, check=False))


def after_button(desk: Desk, typed: Typed, action: str) -> DeskView:
    """After add, remove, override… inside the form. What is wrong elsewhere is not complained about yet."""
    form, focus = rearranged(desk.spec, typed.working, typed.data or {}, action)
    return DeskView(typed, form, focus)


def after_tab(desk: Desk, typed: Typed, tab: str) -> DeskView:
    """The same settings in the other tab; the tab that was left stays while it cannot be read."""
    if typed.as_json == (tab == "json"):
        return as_typed(desk, typed)
    reading, view = readable(desk, typed)
    if reading is None or view.problems:
        return view
    if typed.as_json:
        return opened(desk, replace(typed, as_json=False, json_text="", working=reading.settings, data=None))
    return opened(desk, replace(typed, as_json=True, json_text=desk.as_text(reading.settings)))


def readable(desk: Desk, typed: Typed) -> tuple[Reading | None, DeskView]:
    """What was typed means, and the page that shows it with all that is wrong; no reading when it means nothing.

    Secrets are sealed in it already.
    """
    reading, view = _readable_settings(desk, typed)
    if reading:
        reading = replace(reading, settings=sealed(reading.settings, desk.spec))
    if fault := tags_fault(typed.tags or ""):
        view = view.also(Problem("tags", _("Tags"), fault))
    return reading, view


def _readable_settings(desk: Desk, typed: Typed) -> tuple[Reading | None, DeskView]:
    if not typed.as_json:
        submission = submit(desk.spec, typed.working, typed.data or {})
        form, reading = submission.form, submission.reading
        problems = tuple(Problem(*link) for link in form.error_links)
        return reading, DeskView(typed, form, problems=problems)
    try:
        reading = read_json(desk, typed)
    except InvalidJson as error:
        return None, DeskView(typed, None, problems=(Problem("json", _("JSON"), error.message),))
    problems = tuple(Problem("json", error.pointer, error.message) for error in reading.errors)
    return reading, DeskView(typed, None, problems=problems)


def differs(desk: Desk, base: Assistant | AssistantVersion, typed: Typed) -> bool:
    """Whether anything was typed that is not saved: to look at another tab is no change."""
    return differs_as_read(desk.saved, base, typed, readable(desk, typed)[0])


def differs_as_read(saved: Settings, base: Assistant | AssistantVersion, typed: Typed, reading: Reading | None) -> bool:
    """The same of what has been read already; `saved` are the settings of `base`, sealed."""
    return (
        reading is None
        or bool(reading.errors)
        or not same(reading.settings, saved)
        or (typed.name.strip(), typed.description) != (base.name, base.description)
        or retagged(base.metadata, typed.tags) != base.metadata
    )
