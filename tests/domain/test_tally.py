"""Tallies that are read from rows come to the same as those that were counted."""

from datetime import UTC, datetime, timedelta

from assistants_app.domain.tally import NUMBERS, EndedFacts, Tally, total

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def counted(*runs: tuple[str, float, dict[str, int]]) -> Tally:
    result = Tally()
    for status, seconds, tokens in runs:
        usage = {"input_tokens": 3, "output_tokens": 2, "models": {"small": tokens}}
        begun = NOON - timedelta(seconds=seconds)
        result.count(EndedFacts(status, 2, begun, begun + timedelta(seconds=seconds / 2), NOON, usage))
    return result


def test_it_works() -> None:
    one = counted(("success", 1.0, {"input_tokens": 5, "output_tokens": 1}), ("error", 2.0, {}))
    other = counted(("success", 1.0, {"input_tokens": 7, "special_tokens": 1}), ("timeout", 9.0, {"output_tokens": 4}))
    both = total([one, other])

    read = Tally()
    rows = (one, other)
    read.take_in_stored([[getattr(row, name) for name in NUMBERS] for row in rows], [row.details for row in rows])

    assert read == both
    assert (read.runs, read.failed, read.timed_out, read.retried, read.tokens) == (4, 1, 1, 4, 20)
    assert read.seconds.total == 2
    assert Tally.with_details(both.details, **{name: getattr(both, name) for name in NUMBERS}) == both


def test_details_that_are_none_come_to_nothing() -> None:
    read = Tally()
    read.take_in_stored([[1] + [0] * (len(NUMBERS) - 1)], [["no", "mapping"]])
    read.take_in_stored([], [])
    assert read == Tally(runs=1)
