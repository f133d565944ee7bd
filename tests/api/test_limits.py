"""Counting calls, and telling this machine from others."""

import pytest
from django.test import RequestFactory

from assistants_app.api.access.this_machine import called_from_here, is_loopback_origin
from assistants_app.domain.limits import Buckets


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_works() -> None:
    clock = Clock()
    buckets = Buckets(clock=clock)
    assert [buckets.wait("a", per_minute=3) for _call in range(3)] == [0, 0, 0]
    assert buckets.wait("a", per_minute=3) == pytest.approx(20)
    clock.now = 15
    assert buckets.wait("a", per_minute=3) == pytest.approx(5)
    clock.now = 20
    assert buckets.wait("a", per_minute=3) == 0
    clock.now = 1000
    assert [buckets.wait("a", per_minute=3) for _call in range(4)][3] > 0  # no more than a full bucket is saved up
    assert buckets.wait("b", per_minute=3) == 0


def test_memory_is_bounded() -> None:
    buckets = Buckets(most=3)
    for name in range(100):
        buckets.wait(name, per_minute=1)
    assert len(buckets) == 3
    assert buckets.wait(99, per_minute=1) > 0


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:192.0.2.7", False),
        ("192.0.2.7", False),
        ("0.0.0.0", False),
        ("", False),
        ("localhost", False),
    ],
)
def test_where_a_call_comes_from(address: str, here: bool) -> None:
    assert called_from_here(RequestFactory().get("/api/ok", REMOTE_ADDR=address)) is here


@pytest.mark.parametrize(
    ("origin", "here"),
    [
        ("http://localhost:3000", True),
        ("https://app.localhost", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:5173", True),
        ("https://localhost.evil.example", False),
        ("https://evil.example", False),
        ("null", False),
        ("http://[", False),
    ],
)
def test_pages_of_this_machine(origin: str, here: bool) -> None:
    assert is_loopback_origin(origin) is here
