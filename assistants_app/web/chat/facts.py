"""What is known of an answer: which run gave it, by which version, what it took, how it was rated."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app.domain.costs import Cost, Price, cost_of
from assistants_app.domain.messages import Turn
from assistants_app.models import Rating, Run
from assistants_app.web.chat.reading import ThreadReading, turn_of_run


@dataclass(frozen=True, slots=True)
class RatingView:
    """The thumbs under one answer. `typed` is a note that could not be kept, `error` says why."""

    run_id: str
    address: str
    value: int = 0
    note: str = ""
    error: str = ""
    typed: str = ""
    opened: bool = False
    """Whether the place for the note is open."""

    @property
    def good(self) -> bool:
        return self.value == Rating.Value.GOOD

    @property
    def bad(self) -> bool:
        return self.value == Rating.Value.BAD

    @property
    def chosen(self) -> str:
        """What is posted with a note."""
        return "good" if self.good else "bad"


def runs_behind(reading: ThreadReading) -> dict[str, Run]:
    """By turn, the run that gave the answer shown: the newest of its runs that this branch holds.

    The thread's newest run counts in any case: it may have failed before its first checkpoint.
    """
    newest = reading.runs[-1] if reading.runs and not reading.branch else None
    return {turn_of_run(run): run for run in reading.runs if run is newest or str(run.run_id) in reading.behind}


def facts_of(run: Run, turn: Turn | None = None, prices: Sequence[Price] = ()) -> tuple[str, ...]:
    """Which version answered, how long it took, how many tokens, what they cost at today's prices, how many tools."""
    facts = [tested_as(run)]
    if run.started_at and run.finished_at:
        facts.append(_seconds((run.finished_at - run.started_at).total_seconds()))
    usage = run.usage if isinstance(run.usage, dict) else {}
    given, made = usage.get("input_tokens"), usage.get("output_tokens")
    if turn is not None and not (given or made):
        given, made = turn.usage.input_tokens, turn.usage.output_tokens
    if given or made:
        facts.append(
            _("%(given)s tokens in, %(made)s out")
            % {"given": number_format(given or 0), "made": number_format(made or 0)}
        )
    if cost := cost_of(usage, prices):
        facts.append(_money(cost))
    if calls := sum(len(message.tool_calls) for message in turn.replies) if turn else 0:
        facts.append(ngettext("%(count)d tool call", "%(count)d tool calls", calls) % {"count": calls})
    return tuple(facts)


def first_word_of(run: Run) -> str:
    """How long the first word took, "" where none was noted."""
    if not run.started_at or not run.first_token_at:
        return ""
    seconds = (run.first_token_at - run.started_at).total_seconds()
    return _("first word after %(time)s") % {"time": _seconds(max(seconds, 0.0))}


def tested_as(run: Run) -> str:
    """The version whose settings a run has, or which one the draft was made from that they are of."""
    if run.version:
        return _("v%(number)s") % {"number": run.version}
    base = run.options.get("draft_of")
    return _("Draft of v%(number)s") % {"number": base} if base else _("Unsaved settings")


def rating_of(reading: ThreadReading, run: Run) -> RatingView | None:
    """None while the run has not ended."""
    if run.finished_at is None:
        return None
    kept = reading.ratings.get(run.run_id)
    return RatingView(
        run_id=str(run.run_id),
        address=f"{reading.url}runs/{run.run_id}/rating/",
        value=kept.value if kept else 0,
        note=kept.note if kept else "",
    )


def _money(cost: Cost) -> str:
    """With two digits that count, however little it is."""
    places = max(2, 1 - cost.amount.adjusted()) if cost.amount else 0
    return f"{number_format(round(cost.amount, places), places)} {cost.currency}"


def _seconds(seconds: float) -> str:
    if seconds < 0.1:
        return _("%(count)d ms") % {"count": round(seconds * 1000)}
    places = 1 if seconds < 100 else 0
    shown = number_format(round(seconds, places), places)  # which by itself would cut off the rest
    return _("%(seconds)s s") % {"seconds": shown}
