"""Formats: what people may type, told apart by our own checkers."""

import json
from pathlib import Path

import pytest

from assistants_app.domain.validation.formats import format_fault

SUITE = Path(__file__).parents[3] / "shared" / "corpora" / "json_schema_test_suite"


def test_it_works() -> None:
    assert format_fault("date", "2026-03-31") == ""
    assert format_fault("date", "2026-02-30") == "Write a date like 2026-03-31."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("time", "10:00"), ("time", "10:00:00"), ("time", "10:00:00.5+02:00"), ("date-time", "2024-02-29T10:00:00z"),
        ("date-time", "1998-12-31T23:59:60Z"), ("duration", "P1Y2M3DT4H5M6S"), ("duration", "P2W"),
        ("uri", "mailto:a@b.c"), ("duration", "PT0.5S"),
        ("uri", "http://[::1]:80/"), ("email", "joe.bloggs@example.com"), ("hostname", "www.example.com"),
        ("ipv4network", "192.0.2.0/24"), ("json-pointer", "/a~1b/0"), ("unheard-of", "anything"),
    ],
)  # fmt: skip
def test_fine(name: str, text: str) -> None:
    assert format_fault(name, text) == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("date", "20260331"), ("date", "२०२६-03-31"), ("time", "24:00:00"), ("date-time", "2024-01-01T10:00:00"),
        ("date-time", "2024-01-01"), ("duration", "P"), ("duration", "PT"), ("duration", "1D"), ("uri", "http://a b"),
        ("uri", "//example.com"), ("uri", "http://a:b:c/"), ("email", "@b"), ("uuid", "{123}"), ("ipv4", "1.2.3"),
        ("hostname", "-a.b"), ("json-pointer", "a"),
    ],
)  # fmt: skip
def test_refused(name: str, text: str) -> None:
    assert format_fault(name, text)


@pytest.mark.skipif(not SUITE.is_dir(), reason="the public test suite is not here")
@pytest.mark.parametrize("name", ["date", "date-time", "ipv4", "json-pointer", "uuid"])
def test_the_public_suite(name: str) -> None:
    cases = json.loads((SUITE / f"optional__format__{name}_000.json").read_text())["tests"]
    texts = [case for case in cases if isinstance(case["data"], str)]
    assert [case["description"] for case in texts if (format_fault(name, case["data"]) == "") != case["valid"]] == []
