"""How many rows of which kind there are, for SQLite's planner: PostgreSQL finds that out by itself."""

from django.db import connection

PAGES = 5_000
"""Of 4 kB; a smaller site is fast by any way, and what was counted of it would mislead when it has grown."""

ROWS = 400
"""Of each index, so many are looked at: a file of 2 GB takes 50 ms."""


def gather_statistics() -> None:
    """Without them SQLite takes an index by guess, which on a large site may be a hundred times slower."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        (pages,) = cursor.execute("PRAGMA page_count").fetchone()
        if pages >= PAGES:
            cursor.execute(f"PRAGMA analysis_limit={ROWS}")
            cursor.execute("ANALYZE")
