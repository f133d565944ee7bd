"""Sums of thousands of rows, as each of the databases makes them quickest."""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Func, QuerySet, Sum


class Total(Sum):
    """PostgreSQL sums large integers as decimals, half as quickly as floats, which are exact up to 2^53."""

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="%(function)s((%(expressions)s)::float8)", **context)


class NotLookedFor(Func):
    """A column whose index SQLite shall not take, for it reads far more by it than it guesses."""

    template = "%(expressions)s"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="+%(expressions)s", **context)


def most(sums: QuerySet[Any], key: str, by: Iterable[str], count: int) -> list[Any]:
    """The keys of the rows that have most of each of `by`, as many as `count` of each that has any; of those that have
    as much, the lesser keys. What is summed is summed once for all of `by`."""
    sql, values = sums.query.sql_with_params()
    orders = (f"SELECT * FROM sums WHERE {name} > 0 ORDER BY {name} DESC, {key} LIMIT {count}" for name in by)
    first = " UNION ".join(f"SELECT {key} FROM ({order}) AS first_{n}" for n, order in enumerate(orders))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH sums AS ({sql}) {first}", values)
        return [found for (found,) in cursor.fetchall()]
