"""What SQLite's planner is told of a site."""

import pytest
from django.db import connection

from assistants_app.models import statistics
from assistants_app.models.statistics import gather_statistics
from tests import make

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL gathers them by itself"),
]


def known() -> dict[str, int]:
    """By index: how many rows there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'")
        if not cursor.fetchone()[0]:
            return {}
        cursor.execute("SELECT idx, stat FROM sqlite_stat1 WHERE idx IS NOT NULL")
        return {index: int(stat.split()[0]) for index, stat in cursor.fetchall()}


def test_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "PAGES", 1)
    for _number in range(3):
        make.assistant()
    gather_statistics()
    assert known()["assistants_by_name"] >= 3


def test_a_small_site_needs_none() -> None:
    make.assistant()
    before = known()
    gather_statistics()
    assert known() == before
