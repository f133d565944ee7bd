"""Two in one chat: what its page shows. The same message to two versions, each on a thread of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from assistants_app.domain.errors import ProductError
from assistants_app.domain.messages import Message
from assistants_app.models import Assistant, Draft, Person, Role, Run, Thread, Vote
from assistants_app.services.authors import Author
from assistants_app.services.drafts import draft_to_run
from assistants_app.services.rights import may
from assistants_app.services.votes import in_order
from assistants_app.web.access import SignedInRequest
from assistants_app.web.addresses import number_in, uuid_in
from assistants_app.web.chat.facts import first_word_of
from assistants_app.web.chat.given import NotSent
from assistants_app.web.chat.reading import ThreadReading, own_thread, read_thread, turn_of_run
from assistants_app.web.chat.turns import TurnView, turn_views

LIVE, DRAFT = "live", "draft"
SIDES = ("left", "right")
VERSIONS = 50


@dataclass(frozen=True, slots=True)
class End:
    """What one column tests."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Side:
    """One column's answer to one message."""

    name: str
    turn: TurnView
    run: Run
    facts: tuple[str, ...]

    @property
    def letter(self) -> str:
        return "A" if self.name == SIDES[0] else "B"

    @property
    def ended(self) -> bool:
        return self.run.finished_at is not None


@dataclass(frozen=True, slots=True)
class PairOfAnswers:
    """One message with both answers; `vote` is the person's own: left, right, same, neither or ""."""

    key: str
    human: Message | None
    sides: tuple[Side, ...]
    vote: str = ""

    @property
    def left(self) -> Side:
        return self.sides[0]

    @property
    def right(self) -> Side:
        return self.sides[1]

    @property
    def both_ended(self) -> bool:
        return all(side.ended for side in self.sides)


@dataclass(frozen=True)
class Pair:
    """Everything that the page shows."""

    assistant: Assistant
    person: Person
    a: str
    b: str
    readings: tuple[ThreadReading, ...] = ()
    """Of both threads; none before the first message."""

    @classmethod
    def of(cls, request: SignedInRequest, assistant: Assistant, asked: Any = None) -> "Pair":
        """As an address or a form names it. Raises ThreadNotFound for a thread that is not theirs."""
        asked = request.GET if asked is None else asked
        ids = [uuid_in(asked.get(name, "")) for name in SIDES]
        threads = [own_thread(assistant, request.user, one) for one in ids if one]
        pair = cls(assistant, request.user, asked.get("a", ""), asked.get("b", ""))
        readings = tuple(read_thread(assistant, one) for one in threads) if len(threads) == 2 else ()
        a, b = pair._settled()
        return cls(assistant, request.user, a, b, readings)

    def _settled(self) -> tuple[str, str]:
        """Ends that there are: the live version, and beside it the draft, else the newest other version."""
        known = [end.value for end in self.ends]
        a = self.a if self.a in known else LIVE
        others = [value for value in known if value != a]
        b = self.b if self.b in known else (DRAFT if DRAFT in others else next(iter(others), LIVE))
        return a, b

    @cached_property
    def ends(self) -> list[End]:
        live = self.assistant.version
        found = [End(LIVE, _("Live v%(number)s") % {"number": live})]
        author = Author.of(self.person)
        if may(author, Role.EDITOR, self.assistant) and Draft.objects.of(self.person, self.assistant):
            found.append(End(DRAFT, _("My draft")))
        shown = {number_in(self.a), number_in(self.b)} - {None}
        numbers = Assistant.history.of(self.assistant).values_list("number", flat=True)
        kept = list(numbers[:VERSIONS])
        kept += sorted(set(numbers.filter(number__in=shown)) - set(kept))
        return found + [End(str(one), _("v%(number)s") % {"number": one}) for one in kept if one != live]

    def label_of(self, value: str) -> str:
        return next((end.label for end in self.ends if end.value == value), value)

    @property
    def heads(self) -> list[tuple[str, str, str, str]]:
        """Side, letter, what is tested there, and its own thread."""
        addresses = [reading.url for reading in self.readings] or ["", ""]
        ends = zip(SIDES, "AB", (self.a, self.b), addresses, strict=True)
        return [(side, letter, self.label_of(value), url) for side, letter, value, url in ends]

    @property
    def query(self) -> str:
        named = {"a": self.a, "b": self.b}
        threads = {side: str(one.thread.thread_id) for side, one in zip(SIDES, self.readings, strict=False)}
        return urlencode({**named, **threads})

    @property
    def address(self) -> str:
        return f"{self.url}?{self.query}"

    @property
    def url(self) -> str:
        return reverse("chat-pair", args=[self.assistant.assistant_id])

    @cached_property
    def answers(self) -> list[PairOfAnswers]:
        if not self.readings:
            return []
        left, right = (_by_key(reading) for reading in self.readings)
        made = []
        for key, (turn, run) in left.items():
            if key in right:
                other, other_run = right[key]
                sides = (_side("left", turn, run), _side("right", other, other_run))
                made.append(PairOfAnswers(key, turn.human, sides, self._vote(run, other_run)))
        return made

    def answers_to(self, key: str) -> PairOfAnswers | None:
        return next((one for one in self.answers if one.key == key), None)

    @property
    def running(self) -> bool:
        return any(reading.running for reading in self.readings)

    @cached_property
    def _votes(self) -> dict[frozenset[Any], Vote]:
        runs = [run.run_id for reading in self.readings for run in reading.runs]
        own = Vote.objects.filter(person=self.person, first_run__in=runs, second_run__in=runs)
        return {frozenset((vote.first_run_id, vote.second_run_id)): vote for vote in own}

    def _vote(self, left: Run, right: Run) -> str:
        found = self._votes.get(frozenset((left.run_id, right.run_id)))
        if found is None:
            return ""
        first, _second = in_order(left, right)
        sides = {"first": "left" if first is left else "right", "second": "right" if first is left else "left"}
        return sides.get(found.value, found.value)

    @cached_property
    def tally(self) -> list[tuple[str, int]]:
        """All votes for answers of what stands in the two columns, in the order of the columns."""
        left, right = self._number(self.a), self._number(self.b)
        turned = (right or 10**10) < (left or 10**10)
        first, second = (right, left) if turned else (left, right)
        counted = Vote.objects.of_pair(self.assistant, first, second).counted()
        a, b = ("second", "first") if turned else ("first", "second")
        names = ((_("A better"), a), (_("B better"), b), (_("Same"), "same"), (_("Both bad"), "neither"))
        return [(label, counted.get(value, 0)) for label, value in names]

    @property
    def votes(self) -> int:
        return sum(count for _label, count in self.tally)

    def _number(self, value: str) -> int | None:
        return self.assistant.version if value == LIVE else number_in(value)


def settings_of(pair: Pair, value: str) -> dict[str, Any]:
    """What `begin_run` takes for one end. Raises NotSent."""
    if value == LIVE:
        return {}
    if value == DRAFT:
        try:
            draft = draft_to_run(author=Author.of(pair.person), assistant=pair.assistant)
        except ProductError as error:
            raise NotSent(error.message) from None
        return {"settings": draft.settings}
    return {"version": number_in(value)}


def _by_key(reading: ThreadReading) -> dict[str, tuple[TurnView, Run]]:
    """By the key of the turn that both threads have of it."""
    runs = {turn_of_run(run): run for run in reading.runs}
    return {turn.key: (turn, runs[turn.key]) for turn in turn_views(reading, takes_messages=True) if turn.key in runs}


def _side(name: str, turn: TurnView, run: Run) -> Side:
    first = first_word_of(run)
    return Side(name, turn, run, (*turn.facts, first) if first else turn.facts)


def threads_of(readings: Sequence[ThreadReading]) -> list[Thread]:
    return [reading.thread for reading in readings]
