"""Drafts among the saves, approvals, restores and updates of `test_review_machine`: each person types in two windows,
and what a window sends may come late. Nothing that was kept is lost, written over unseen, or brought back unasked."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from assistants_app.domain.drafts import Known, Written
from assistants_app.models import Draft
from assistants_app.services.draft_steps import save_draft, take_into_draft
from assistants_app.services.drafts import bring_back_draft, discard_draft, draft_of, keep_draft
from assistants_app.services.versions import save_version
from tests import make
from tests.services.test_review_machine import VERSION, Reviews

TYPISTS = st.sampled_from(["erin", "ben", "edda"])
WINDOW = st.sampled_from([0, 0, 1])


@dataclass
class Window:
    """An edit page: what it was opened with, and what was typed into it."""

    page: str
    base: int
    newest: int
    known: int
    text: str
    step: int = 0
    heard: int = 0
    """The step of the last one that the server took from it."""
    late: list[tuple[int, int, Written]] = field(default_factory=list)
    """Sent and not arrived: at which step, what the page knew then, and what it says."""

    def written(self) -> Written:
        given: dict[str, Any] = {"base": self.base, "newest": self.newest, "name": "Blog writer", "description": ""}
        return Written(**given, settings={"system_prompt": self.text}, settings_schema=make.SCHEMA, page=self.page)


class Drafts(Reviews):
    done: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.windows: dict[tuple[str, int], Window] = {}
        self.owed: dict[str, str] = {}
        """What each person typed last that was kept, and neither saved nor given up by them."""
        self.typed = 0

    # -- what is there ----------------------------------------------------------------------------------------------

    def draft(self, who: str) -> Draft | None:
        return draft_of(author=self.authors[who], assistant=self.made)

    def window(self, who: str, place: int) -> Window:
        if (who, place) not in self.windows:
            self.open(who, place)
        return self.windows[who, place]

    def note_kept(self, who: str, window: Window, draft: Draft, step: int) -> None:
        assert step > window.heard, "what came late took the place of what was typed later"
        window.heard, window.known = step, draft.times_kept
        self.owed[who] = draft.context["system_prompt"]

    # -- steps ------------------------------------------------------------------------------------------------------

    @rule(who=TYPISTS, place=WINDOW)
    def open(self, who: str, place: int) -> None:
        self.typed += 1
        draft, now = self.draft(who), self.now
        base, newest = (draft.base, draft.newest) if draft else (now.version, self.newest)
        text = (draft or now).context.get("system_prompt", "")
        self.windows[who, place] = Window(f"page {self.typed}", base, newest, draft.times_kept if draft else 0, text)

    @rule(who=TYPISTS, place=WINDOW, sent_late=st.booleans())
    def type(self, who: str, place: int, sent_late: bool) -> None:
        window = self.window(who, place)
        self.typed += 1
        window.step, window.text = window.step + 1, f"Typed {self.typed} by {who}"
        if sent_late:
            window.late.append((window.step, window.known, window.written()))
        else:
            self.send(who, window, window.step, window.known, window.written())

    @rule(who=TYPISTS, place=WINDOW)
    def what_was_late_arrives(self, who: str, place: int) -> None:
        window = self.window(who, place)
        while window.late:
            self.send(who, window, *window.late.pop(), name="keep, late")

    def send(self, who: str, window: Window, step: int, known: int, written: Written, name: str = "keep") -> None:
        before = self.draft(who)

        def do() -> Draft:
            return keep_draft(author=self.authors[who], assistant=self.made, written=written, known=known)

        draft = self.tried(name, do)
        if draft:
            assert before is None or before.page == window.page or before.times_kept == window.known
            self.note_kept(who, window, draft, step)

    @rule(who=TYPISTS, place=WINDOW)
    def keep_what_is_here(self, who: str, place: int) -> None:
        """Asked which of two to go on with."""
        window = self.window(who, place)
        window.step += 1

        def do() -> Draft:
            given = {"assistant": self.made, "written": window.written(), "known": 0, "over": True}
            return keep_draft(author=self.authors[who], **given)

        before = self.draft(who)
        draft = self.tried("keep over", do) if before is None else None
        if draft:
            self.note_kept(who, window, draft, window.step)

    @rule(who=TYPISTS, place=WINDOW, live=st.sampled_from([None, None, False, True]))
    def save_page(self, who: str, place: int, live: bool | None) -> None:
        window = self.window(who, place)
        window.step += 1
        others = (draft := self.draft(who)) and draft.page != window.page and draft.times_kept != window.known

        def do() -> Any:
            return save_version(
                assistant_id=self.made.assistant_id,
                settings={"system_prompt": window.text},
                base=window.base,
                expected_version=window.newest,
                author=self.authors[who],
                make_live=live,
                draft=Known(window.known, window.page),
            )

        saved = self.tried("save page", do)
        if saved is None:
            return
        if saved.created:
            self.note_saved(saved.number, who, window.base, saved.live)
        window.heard, window.known = window.step, 0
        window.base, window.newest = saved.number, max(window.newest, saved.number)
        if others:
            assert self.draft(who) == draft, "a save took what another window had kept"
        else:
            assert self.draft(who) is None
            self.owed.pop(who, None)

    @rule(who=TYPISTS, place=WINDOW, late=st.booleans())
    def type_and_save(self, who: str, place: int, late: bool) -> None:
        """Opened anew. Maybe half of it is under way when the whole is saved, and comes after it."""
        self.open(who, place)
        self.type(who, place, late)
        self.save_page(who, place, None)
        self.what_was_late_arrives(who, place)

    @rule(who=TYPISTS, place=WINDOW, typed_on=st.booleans())
    def discard_and_bring_back(self, who: str, place: int, typed_on: bool) -> None:
        self.type(who, place, False)
        self.discard(who)
        if typed_on:
            self.type(who, place, False)
        self.bring_back(who)

    @rule(who=TYPISTS, back=VERSION)
    def take(self, who: str, back: int) -> None:
        number = self.number(back)
        before = self.draft(who)

        def do() -> tuple[Draft | None]:
            key = "system_prompt"
            return (take_into_draft(author=self.authors[who], assistant=self.made, number=number, key=key),)

        if self.tried("take", do):
            draft = self.draft(who)
            text = self.held[number].get("system_prompt")
            assert draft is None or draft.context.get("system_prompt") == text
            if before or draft:
                self.owed.pop(who, None)

    @rule(who=TYPISTS)
    def discard(self, who: str) -> None:
        if self.tried("discard", lambda: discard_draft(author=self.authors[who], assistant=self.made) or None):
            assert self.draft(who) is None

    @rule(who=TYPISTS)
    def bring_back(self, who: str) -> None:
        draft = self.tried("bring back", lambda: bring_back_draft(author=self.authors[who], assistant=self.made))
        assert draft is None or self.draft(who) == draft

    @rule(who=TYPISTS, back=VERSION)
    def keep_as_version_and_restore(self, who: str, back: int) -> None:
        draft, number = self.draft(who), self.number(back)
        kept = self.tried("draft saved", lambda: save_draft(author=self.authors[who], assistant=self.made, note=""))
        if kept is None:
            return
        assert draft is not None
        if kept.created:
            self.note_saved(kept.number, who, draft.base, live=False)
        assert self.draft(who) is None
        self.restore(who, self.newest - number)

    # -- what always holds ------------------------------------------------------------------------------------------

    @invariant()
    def nothing_typed_is_lost(self) -> None:
        for who, text in self.owed.items():
            held = {version.get("system_prompt") for version in self.held.values()}
            drafts = Draft.objects.filter(person=self.authors[who].person, assistant=self.made)
            assert text in held | {draft.context.get("system_prompt") for draft in drafts}

    @invariant()
    def a_draft_is_nobody_elses(self) -> None:
        for draft in Draft.objects.select_related("person"):
            text = str(draft.context.get("system_prompt"))
            assert not text.startswith("Typed") or text.endswith(draft.person.username) or text in self.texts()

    def texts(self) -> set[str]:
        return {str(version.get("system_prompt")) for version in self.held.values()}


@pytest.mark.django_db
def test_it_works() -> None:
    """Hypothesis finds the steps."""
    kept = settings(max_examples=20, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Drafts, settings=kept)

    done = Drafts.done
    assert all(done[step] for step in ("keep", "save page", "discard", "bring back")), done
    assert done["keep, late: DraftMovedOn"] > 0, done
