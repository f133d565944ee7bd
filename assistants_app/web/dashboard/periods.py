"""The period that an address asks for: a few by name, any other by its first and last moment. All in UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assistants_app.models.tallies import DAY, HOUR, HOURS_KEPT, Span, floor

NAMED: Final = {
    "24h": (gettext_lazy("Last 24 hours"), timedelta(hours=24)),
    "7d": (gettext_lazy("Last 7 days"), timedelta(days=7)),
    "30d": (gettext_lazy("Last 30 days"), timedelta(days=30)),
    "90d": (gettext_lazy("Last 90 days"), timedelta(days=90)),
    "365d": (gettext_lazy("Last 12 months"), timedelta(days=364)),  # whole weeks
}
DEFAULT: Final = "7d"
LONGEST: Final = timedelta(days=3 * 366)
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
BY_HOURS, BY_DAYS = timedelta(days=2), timedelta(days=120)


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` to before `until`. `name` is "" for one by its moments."""

    name: str
    since: datetime
    until: datetime
    now: datetime

    @property
    def length(self) -> timedelta:
        return self.until - self.since

    @property
    def span(self) -> Span:
        """Of the tallies that it is read from."""
        whole = self.since == floor(Span.DAY, self.since) and self.until == floor(Span.DAY, self.until)
        kept = self.since > self.now - HOURS_KEPT
        return Span.HOUR if kept and (self.length <= BY_HOURS or not whole) else Span.DAY

    @property
    def step(self) -> timedelta:
        """The length of one column of a chart."""
        if self.length <= BY_HOURS:
            return HOUR if self.span == Span.HOUR else DAY
        return DAY if self.length <= BY_DAYS else 7 * DAY

    @property
    def starts(self) -> list[datetime]:
        """When the columns begin."""
        count = -(-self.length // self.step)
        return [self.since + number * self.step for number in range(count)]

    def column_of(self, moment: datetime) -> int:
        return (moment - self.since) // self.step

    @property
    def before(self) -> "Period":
        """As long, and as far: of a day that goes on now, only the part that has passed."""
        until = min(self.until, max(self.since + HOUR, floor(Span.HOUR, self.now) + HOUR))
        return Period(self.name, self.since - self.length, until - self.length, self.now)

    @property
    def query(self) -> dict[str, str]:
        """What an address says to mean it."""
        if self.name:
            return {"period": self.name}
        return {"from": as_typed(self.since), "to": as_typed(self.until)}


@dataclass(frozen=True, slots=True)
class AskedPeriod:
    """What was asked for, what it came to, and why it is another one than that."""

    period: Period
    typed_from: str = ""
    typed_to: str = ""
    problem: str = ""

    @property
    def input_type(self) -> str:
        """Of the form's fields: days are picked; what a field for days would not show stays as it was typed."""
        return "date" if all(_is_day(typed) for typed in (self.typed_from, self.typed_to) if typed) else "text"

    @classmethod
    def of(cls, query: QueryDict) -> "AskedPeriod":
        since, until = query.get("from", "").strip()[:40], query.get("to", "").strip()[:40]
        name = query.get("period", "")
        if name in NAMED and query.get("was") == f"{since}|{until}":  # still in the form, and another one was chosen
            since = until = ""
        if since or until:
            return _by_moments(since, until)
        if name and name not in NAMED:
            return cls(named(DEFAULT), problem=_("There is no such period: the last 7 days are shown."))
        return cls(named(name or DEFAULT))


def named(name: str) -> Period:
    now = timezone.now()
    length = NAMED[name][1]
    unit = HOUR if length <= DAY else DAY
    until = floor(Span.HOUR if unit == HOUR else Span.DAY, now) + unit
    return Period(name, until - length, until, now)


def _by_moments(typed_from: str, typed_to: str) -> AskedPeriod:
    """A last day counts to its end; with one end left out the period is a week, or goes on until now."""
    now = timezone.now()
    today = floor(Span.DAY, now) + DAY
    problem = ""
    since, until = _moment(typed_from), _moment(typed_to, end=True)
    if (typed_from and since is None) or (typed_to and until is None):
        problem = _("A day is written as 2026-01-31, a time of it as 2026-01-31T14:00.")
    else:
        until = until or max(today, since + DAY if since else today)
        since = since or until - timedelta(days=7)
        if since >= until:
            problem = _("The period ends before it begins.")
        elif until - since > LONGEST:
            problem = _("A period has three years at most.")
        else:
            if since <= now - HOURS_KEPT:  # then single assistants are known by days alone
                since, until = floor(Span.DAY, since), floor(Span.DAY, until - timedelta(microseconds=1)) + DAY
            return AskedPeriod(Period("", since, until, now), typed_from, typed_to)
    return AskedPeriod(named(DEFAULT), typed_from, typed_to, problem)


def _moment(text: str, *, end: bool = False) -> datetime | None:
    """None where it is none, or where no site can have been."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    found = (found.replace(tzinfo=UTC) if found.tzinfo is None else found).replace(second=0, microsecond=0)
    if not FIRST.replace(tzinfo=None) <= found.replace(tzinfo=None) <= LAST.replace(tzinfo=None) - DAY:
        return None
    found = found.astimezone(UTC)
    return found + DAY if end and len(text) <= len("2026-01-31") else found


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def as_typed(moment: datetime) -> str:
    """As a field of a form keeps it."""
    return moment.strftime("%Y-%m-%dT%H:%M")
