"""Several people and programs at one assistant, in any order of steps: no version is lost, and on a protected assistant
nothing is live that nobody approved."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from assistants_app.domain.errors import ProductError
from assistants_app.domain.review_errors import NotApproved
from assistants_app.models import Assistant, Protection, Review
from assistants_app.services.assistants import rename_assistant
from assistants_app.services.patches import Patch, patch_assistant
from assistants_app.services.reviews import approve, ask_again, ask_for_changes, comment, set_protection
from assistants_app.services.scheduled import go_live, unschedule
from assistants_app.services.versions import make_live, restore_version, save_version
from tests import make
from tests.services.review_cast import BEHIND, PUBLISHERS, authors, contributors

WHO = st.sampled_from(["erin", "ben", "erin", "ben", "edda", "sync", "deploy"])
VERSION = st.sampled_from([0, 0, 0, 1, 2, 4])
"""So many versions before the newest."""


class Reviews(RuleBasedStateMachine):
    done: Counter[str] = Counter()
    """What was done, and what was refused, over all examples."""

    def __init__(self) -> None:
        super().__init__()
        self.authors = authors()
        self.made = make.assistant()
        self.held: dict[int, dict[str, Any]] = {1: self.made.context}
        """What each version held when it was saved."""
        self.saved_by: dict[int, str] = {1: ""}
        self.bases: dict[int, int] = {}
        self.approved: set[int] = set()
        self.superseded: set[int] = set()
        """Approved for later, and not live for a newer version: somebody else has read it all the same."""
        self.saves = 0

    # -- what is there ----------------------------------------------------------------------------------------------

    @property
    def now(self) -> Assistant:
        return Assistant.objects.get(pk=self.made.pk)

    @property
    def newest(self) -> int:
        return max(self.held)

    def number(self, back: int) -> int:
        return max(1, self.newest - back)

    def tried(self, name: str, do: Callable[[], Any]) -> Any:
        """What came of it; None where it was refused."""
        try:
            found = do()
        except ProductError as error:
            self.done[f"{name}: {type(error).__name__}"] += 1
            return None
        self.done[name] += 1
        return found

    def note_saved(self, number: int, who: str, base: int, live: bool) -> None:
        assert number == self.newest + 1
        self.held[number] = Assistant.history.numbered(self.made, number).context
        self.saved_by[number], self.bases[number] = BEHIND.get(who, who), base
        if live:
            assert who in PUBLISHERS
            assert not self.now.protection

    # -- steps ------------------------------------------------------------------------------------------------------

    @rule(who=WHO, back=VERSION, late=st.booleans(), live=st.sampled_from([None, False, True]))
    def save(self, who: str, back: int, late: bool, live: bool | None) -> None:
        self.saves += 1
        base = self.number(back)

        def do() -> Any:
            return save_version(
                assistant_id=self.made.assistant_id,
                settings={"system_prompt": f"Save {self.saves}"},
                base=base,
                expected_version=self.newest - late,
                author=self.authors[who],
                make_live=live,
            )

        saved = self.tried("save", do)
        if saved:
            assert not late
            self.note_saved(saved.number, who, base, saved.live)

    @rule(who=WHO, live=st.booleans(), stale=st.booleans())
    def update_by_program(self, who: str, live: bool, stale: bool) -> None:
        """Maybe with what was read before the assistant was protected, or another version went live."""
        self.saves += 1
        row = self.made if stale else self.now
        patch = Patch(settings={"system_prompt": f"Save {self.saves}"})

        def do() -> Any:
            return patch_assistant(assistant=row, patch=patch, author=self.authors[who], make_live=live)

        version = self.tried("update", do)
        if version:
            self.note_saved(version.number, who, version.base, live)

    @rule(who=WHO)
    def rename(self, who: str) -> None:
        self.saves += 1

        def do() -> Any:
            name = f"Name {self.saves}"
            return rename_assistant(assistant_id=self.made.assistant_id, name=name, author=self.authors[who])

        live = self.now.version
        saved = self.tried("rename", do)
        if saved:
            self.note_saved(saved.number, who, live, saved.live)

    @rule(who=WHO, back=VERSION)
    def make_live(self, who: str, back: int) -> None:
        number, protected = self.number(back), bool(self.now.protection)

        def do() -> bool:
            make_live(assistant_id=self.made.assistant_id, number=number, author=self.authors[who])
            return True

        if self.tried("make live", do):
            assert who in PUBLISHERS
            if protected:
                assert number in self.approved
            elif Review.objects.filter(number=number).exists():
                self.approved.add(number)

    @rule(who=WHO, back=VERSION)
    def restore(self, who: str, back: int) -> None:
        number, protected, live = self.number(back), bool(self.now.protection), self.now.version

        def do() -> Any:
            return restore_version(assistant_id=self.made.assistant_id, number=number, author=self.authors[who])

        saved = self.tried("restore", do)
        if saved and saved.created:
            assert who in PUBLISHERS
            assert self.held[number] == Assistant.history.numbered(self.made, saved.number).context
            assert not protected or number in self.approved
            self.held[saved.number] = self.held[number]
            self.saved_by[saved.number], self.bases[saved.number] = BEHIND.get(who, who), live
            if protected:
                self.approved.add(saved.number)

    @rule(who=WHO, back=VERSION, looked=st.booleans())
    def approve(self, who: str, back: int, looked: bool) -> None:
        review = Review.objects.filter(number=self.number(back)).first()
        if review is None:
            return
        state, protection = review.state, self.now.protection
        against = self.now.version if looked else self.now.version + 1

        if self.tried("approve", lambda: approve(review_id=review.pk, author=self.authors[who], against=against)):
            assert (state, review.number, looked) == ("waiting", self.newest, True)
            assert who in PUBLISHERS
            assert self.now.version == review.number
            if protection == Protection.OTHER and who not in BEHIND:
                assert who not in self.contributors(review.number)
            self.approved.add(review.number)

    @rule(who=WHO, by=WHO)
    def save_and_approve(self, who: str, by: str) -> None:
        self.save(by, 0, False, None)
        self.approve(who, 0, True)

    @rule(who=WHO)
    def approve_for_later(self, who: str) -> None:
        review = Review.objects.filter(number=self.newest).first()
        if review is None:
            return
        at = timezone.now() + timedelta(hours=1)

        def do() -> Any:
            return approve(review_id=review.pk, author=self.authors[who], live_at=at)

        live, others = self.now.version, self.now.protection == Protection.OTHER and who not in BEHIND
        own = who in self.contributors(review.number)
        if self.tried("approve for later", do):
            assert who in PUBLISHERS
            assert not (others and own)
            assert self.now.version == live
            self.approved.add(review.number)

    @rule(who=WHO, taken_back=st.booleans())
    def its_time_comes(self, who: str, taken_back: bool) -> None:
        """Or somebody takes it back before. What was superseded meanwhile does not go live."""
        for review in Review.objects.filter(live_at__isnull=False, went_live_at=None):
            if taken_back and self.tried(
                "take back", lambda pk=review.pk: unschedule(review_id=pk, author=self.authors[who])
            ):
                assert who in PUBLISHERS
                self.approved.discard(review.number)
                self.superseded.discard(review.number)
            went = go_live(review_id=review.pk, at=timezone.now() + timedelta(hours=2))
            self.done[f"its time comes: {went}"] += 1
            if went:
                assert review.number == self.now.version == self.newest

    def contributors(self, number: int) -> set[str]:
        passed = self.approved | self.superseded
        return contributors(number, saved_by=self.saved_by, bases=self.bases, passed=passed)

    @rule(who=WHO, text=st.sampled_from(["", "Shorter, please", "Longer, please"]))
    def ask_for_changes(self, who: str, text: str) -> None:
        review = Review.objects.filter(number=self.newest).first()
        if review is None:
            return

        def do() -> Any:
            return ask_for_changes(review_id=review.pk, author=self.authors[who], text=text)

        if self.tried("ask for changes", do):
            assert text
            assert who in PUBLISHERS
            self.talk("edda", 0)

    @rule(who=WHO, back=VERSION)
    def talk(self, who: str, back: int) -> None:
        review = Review.objects.filter(number=self.number(back)).first()
        if review is not None:
            self.tried("comment", lambda: comment(review_id=review.pk, author=self.authors[who], text="Hm."))
            self.tried("ask again", lambda: ask_again(review_id=review.pk, author=self.authors[who]))

    @rule(
        who=WHO, protection=st.sampled_from([Protection.PUBLISHER, Protection.OTHER, Protection.OTHER, Protection.NONE])
    )
    def protect(self, who: str, protection: Protection) -> None:
        before = self.now

        def do() -> bool:
            return set_protection(assistant_id=self.made.assistant_id, protection=protection, author=self.authors[who])

        if self.tried("protect", do):
            assert who in PUBLISHERS
            if not before.protection:
                self.approved.add(before.version)

    # -- what always holds ------------------------------------------------------------------------------------------

    @invariant()
    def no_version_is_lost(self) -> None:
        kept = {version.number: version.context for version in Assistant.history.of(self.made)}
        assert kept == self.held

    @invariant()
    def superseded_approvals_count_no_more(self) -> None:
        never = set(Review.objects.filter(number__lt=self.newest, went_live_at=None).values_list("number", flat=True))
        self.superseded |= self.approved & never
        self.approved -= never

    @invariant()
    def the_row_holds_the_live_version(self) -> None:
        now = self.now
        assert now.context == self.held[now.version]

    @invariant()
    def nothing_unapproved_is_live(self) -> None:
        now = self.now
        if now.protection:
            assert now.version in self.approved
            assert Review.objects.with_newer().get(number=now.version).is_approved


@pytest.mark.django_db
def test_it_works() -> None:
    """Hypothesis finds the steps."""
    kept = settings(max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Reviews, settings=kept)

    # What is rarer is found in one run and not in another.
    done = Reviews.done
    assert all(done[step] for step in ("save", "update", "protect"))
    assert done["approve"] + done["approve for later"] > 0
    assert done[f"update: {NotApproved.__name__}"] + done[f"make live: {NotApproved.__name__}"] > 0
