"""Histograms of seconds: they add up, and their quantiles are near the true ones."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_app.domain.histogram import LAST, Histogram, bucket_of, end_of, sum_of


def _of(seconds: list[float]) -> Histogram:
    histogram = Histogram()
    for one in seconds:
        histogram.add(one)
    return histogram


def test_it_works() -> None:
    chance = random.Random(7)
    seconds = [chance.lognormvariate(1, 1) for _number in range(2000)]
    histogram = _of(seconds)
    for part in (0.5, 0.95):
        true = sorted(seconds)[int(part * len(seconds)) - 1]
        assert histogram.quantile(part) == pytest.approx(true, rel=0.1)
    assert histogram.total == 2000


def test_nothing_has_no_quantile() -> None:
    assert Histogram().quantile(0.5) is None


@given(st.lists(st.floats(0, 1e6)), st.lists(st.floats(0, 1e6)))
def test_the_sum_is_the_histogram_of_both(left: list[float], right: list[float]) -> None:
    assert sum_of([_of(left), _of(right)]).counts == _of(left + right).counts


@given(st.lists(st.floats(-10, 1e9), min_size=1))
def test_it_is_the_same_when_read_again(seconds: list[float]) -> None:
    histogram = _of(seconds)
    assert Histogram.read(histogram.stored) == histogram
    assert Histogram.read(None) == Histogram()


@given(st.floats(0.011, 1e5))
def test_a_bucket_holds_its_seconds(seconds: float) -> None:
    bucket = bucket_of(seconds)
    assert end_of(bucket - 1) < seconds * 1.0001
    assert seconds <= end_of(bucket) * 1.0001


@pytest.mark.parametrize(("seconds", "bucket"), [(-5, 0), (0, 0), (0.01, 0), (1e12, LAST)])
def test_ends(seconds: float, bucket: int) -> None:
    assert bucket_of(seconds) == bucket


@given(st.lists(st.floats(0.02, 1e5), min_size=1), st.floats(0.01, 1), st.floats(0.01, 1))
def test_quantiles_grow(seconds: list[float], one: float, other: float) -> None:
    histogram = _of(seconds)
    low, high = histogram.quantile(min(one, other)), histogram.quantile(max(one, other))
    assert low is not None
    assert high is not None
    assert low <= high
