"""When a cron comes: five fields, read as cron reads them, in the time of a place.

Where the clocks go forward, what falls into the gap comes right after it. Where they go back, a schedule of certain
hours comes once, a schedule of every hour (or every other) comes as the hours pass.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from croniter import CroniterBadDateError, CroniterError, croniter

from assistants_app.domain.errors import InvalidSchedule
from assistants_app.domain.language import gettext as _

LENGTH = 200

_NAMES = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat"
_FIELD = re.compile(rf"(?:[0-9*?,/#-]|{_NAMES}|l|w)+", re.IGNORECASE | re.ASCII)
"""Not croniter's own extensions by which a minute is drawn by lot ("R", "H")."""

_YEARS = 12
"""The farthest two 29ths of February are from each other is eight years; a weekday may be asked for beside."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """`text` is five fields; `timezone` an IANA name, or empty for UTC. Raises InvalidSchedule."""

    text: str
    timezone: str = ""

    def __post_init__(self) -> None:
        if self.timezone and self.timezone not in _timezones():
            raise InvalidSchedule(_('"%(name)s" is no IANA time zone.') % {"name": self.timezone[:100]})
        fields = re.findall(r"[^ \t]+", self.text)
        if len(self.text) > LENGTH or len(fields) != 5 or not all(map(_FIELD.fullmatch, fields)):
            raise self._refused(
                _(
                    "Ensure the schedule uses the standard cron format (minute hour day_of_month month day_of_week)."
                    " Example: '*/5 * * * *' for every 5 minutes."
                )
            )
        try:
            self.next_after(datetime.now(UTC))
        except CroniterBadDateError:
            raise self._refused(_("The day never comes.")) from None
        except (CroniterError, ValueError, OverflowError) as error:
            raise self._refused(str(error)) from None

    def next_after(self, moment: datetime) -> datetime:
        """The next time it comes, in UTC."""
        place = ZoneInfo(self.timezone or "UTC")
        times = croniter(self.text, moment.astimezone(place), max_years_between_matches=_YEARS)
        found: datetime = times.get_next(datetime)
        while found.fold and not self.text.split()[1].startswith("*"):
            found = times.get_next(datetime)
        return found.astimezone(UTC)

    def _refused(self, reason: str) -> InvalidSchedule:
        told = _("Invalid cron schedule: '%(schedule)s'. Reason: %(reason)s")
        return InvalidSchedule(told % {"schedule": self.text[:LENGTH], "reason": reason})


@lru_cache(maxsize=1)
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime"})  # where this machine is: of several each may be elsewhere
