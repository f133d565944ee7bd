"""When a cron comes, in the time of a place, across the days on which the clocks change."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from assistants_app.domain.errors import InvalidSchedule
from assistants_app.domain.schedules import Schedule


def times(text: str, place: str, after: str, count: int) -> list[str]:
    """As local times with their offset; `after` is in UTC."""
    schedule, moment, found = Schedule(text, place), datetime.fromisoformat(after).replace(tzinfo=UTC), []
    for _time in range(count):
        moment = schedule.next_after(moment)
        found.append(moment.astimezone(ZoneInfo(place or "UTC")).isoformat(timespec="minutes"))
    return found


def test_it_works() -> None:
    assert times("*/20 9-10 * * mon-fri", "", "2026-01-02T10:30", 3) == [
        "2026-01-02T10:40+00:00",
        "2026-01-05T09:00+00:00",
        "2026-01-05T09:20+00:00",
    ]


def test_days_of_the_month_or_of_the_week() -> None:
    """Where both are given one of them is enough, as with every cron."""
    assert times("0 0 13 * fri", "", "2026-03-01", 4) == [
        "2026-03-06T00:00+00:00",
        "2026-03-13T00:00+00:00",
        "2026-03-20T00:00+00:00",
        "2026-03-27T00:00+00:00",
    ]


def test_what_falls_into_the_gap_comes_after_it() -> None:
    assert times("30 2 * * *", "Europe/Berlin", "2026-03-27T12:00", 3) == [
        "2026-03-28T02:30+01:00",
        "2026-03-29T03:00+02:00",
        "2026-03-30T02:30+02:00",
    ]
    assert times("0 0 * * *", "Asia/Beirut", "2022-03-26T12:00", 2) == [
        "2022-03-27T01:00+03:00",
        "2022-03-28T00:00+03:00",
    ]


def test_a_certain_hour_comes_once_where_it_is_there_twice() -> None:
    assert times("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", 2) == [
        "2026-10-25T02:30+02:00",
        "2026-10-26T02:30+01:00",
    ]
    assert times("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00", 2) == [
        "2026-04-05T01:45+11:00",
        "2026-04-06T01:45+10:30",
    ]
    assert times("*/30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", 3) == [
        "2026-10-25T02:00+02:00",
        "2026-10-25T02:30+02:00",
        "2026-10-26T02:00+01:00",
    ]


def test_every_hour_comes_as_the_hours_pass() -> None:
    assert times("30 * * * *", "Europe/Berlin", "2026-10-24T23:45", 3) == [
        "2026-10-25T02:30+02:00",
        "2026-10-25T02:30+01:00",
        "2026-10-25T03:30+01:00",
    ]
    assert times("30 * * * *", "Europe/Berlin", "2026-03-29T00:00", 2) == [
        "2026-03-29T01:30+01:00",
        "2026-03-29T03:30+02:00",
    ]


def test_a_moment_inside_the_hour_that_is_there_twice() -> None:
    assert times("15 2 * * *", "Europe/Berlin", "2026-10-25T00:30", 1) == ["2026-10-26T02:15+01:00"]
    assert times("45 * * * *", "Europe/Berlin", "2026-10-25T01:30", 1) == ["2026-10-25T02:45+01:00"]


def test_rare_days_come_in_their_year() -> None:
    assert times("0 0 29 2 *", "", "2026-01-01", 2) == ["2028-02-29T00:00+00:00", "2032-02-29T00:00+00:00"]
    assert times("0 0 29 2 *", "", "2096-03-01", 1) == ["2104-02-29T00:00+00:00"]


def test_spaces_and_tabs_may_stand_between_fields() -> None:
    assert Schedule(" 0\t9  * * * ").next_after(datetime(2026, 1, 1, tzinfo=UTC)).hour == 9


NO_FIVE_FIELDS = ["", "bad", "* * * *", "* * * * * *", "0 * * * * * *", "@hourly", "0 " * 150, "* * * * *; rm"]
DRAWN_BY_LOT = ["R R * * *", "H * * * *", "R(1-5) * * * *"]
OUT_OF_RANGE = ["60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "*/0 * * * *", "-1 * * * *"]
NEVER = ["0 0 30 2 *", "0 0 31 4,6,9,11 *"]
ODD = ["1,,2 * * * *", "* * * * *\n", "\x00 * * * *", "１ * * * *"]


@pytest.mark.parametrize("text", [*NO_FIVE_FIELDS, *DRAWN_BY_LOT, *OUT_OF_RANGE, *NEVER, *ODD])
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(InvalidSchedule) as refused:
        Schedule(text)
    assert refused.value.message.startswith("Invalid cron schedule: ")


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "europe/berlin", "../UTC", "/etc/localtime", "localtime", "America", "a\x00b"]
)
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(InvalidSchedule, match="no IANA time zone"):
        Schedule("* * * * *", name)
