"""What a site keeps in the SQLite files of its data folder, read one row at a time and never changed.

Values of the site's own tables stay as SQLite has them: as text, each is what PostgreSQL's columns read.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Self

from django.db import models

from assistants_app.domain.errors import CannotMove
from assistants_app.engine.moving.checkpoints import Parting, metadata_of
from assistants_app.engine.moving.items import item_of, vector_of
from assistants_app.management.moving.parts import Part, Row
from assistants_app.management.site_files import CHECKPOINTS, SITE, STORE

_CHECKPOINT = ("thread_id", "checkpoint_ns", "checkpoint_id", "parent_checkpoint_id", "checkpoint", "metadata")
_BLOB = ("thread_id", "checkpoint_ns", "channel", "version", "type", "blob")
_WRITE = ("thread_id", "checkpoint_ns", "checkpoint_id", "task_id", "task_path", "idx", "channel", "type", "blob")
_ITEM = ("prefix", "key", "value", "created_at", "updated_at", "expires_at", "ttl_minutes")
_VECTOR = ("prefix", "key", "field_name", "embedding", "created_at", "updated_at")


class Source:
    """`with Source(folder) as source`: its files, open for reading."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._files = {name: stack.enter_context(closing(self._open(name))) for name in (SITE, CHECKPOINTS, STORE)}
            self._opened = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._opened.close()

    def _open(self, name: str) -> sqlite3.Connection:
        path = self.folder / name
        file = sqlite3.connect(path if path.is_file() else ":memory:", isolation_level=None, timeout=20)
        file.execute("PRAGMA query_only = ON")
        return file

    def migrations(self) -> set[tuple[str, str]]:
        """Those that made its tables, as (app, name)."""
        if not self._has(SITE, "django_migrations"):
            return set()
        return set(self._files[SITE].execute("SELECT app, name FROM django_migrations"))

    def unfinished_runs(self, table: str) -> tuple[int, int]:
        """How many runs were going on when it was served last, and how many wait."""
        query = f"SELECT status FROM \"{table}\" WHERE status IN ('running', 'pending')"
        found = [status for (status,) in self._files[SITE].execute(query)]
        return found.count("running"), found.count("pending")

    def vectors(self) -> int:
        """How many vectors there are, for items that are found by their meaning."""
        return self._count(STORE, "store_vectors") if self._has(STORE, "store_vectors") else 0

    def dimensions(self) -> int | None:
        """Of those vectors."""
        row = self._files[STORE].execute("SELECT length(embedding) / 4 FROM store_vectors LIMIT 1").fetchone()
        return int(row[0]) if row else None

    def of_model(self, model: type[models.Model]) -> Part:
        table = model._meta.db_table
        columns = [str(field.column) for field in model._meta.concrete_fields]
        own = model._meta.app_label == "assistants_app" and not model._meta.auto_created
        name = str(model._meta.verbose_name_plural) if own else table
        return Part(name, self._count(SITE, table), {table: columns}, partial(self._rows, SITE, table, table, columns))

    def of_langgraph(self, *, vectors: bool) -> list[Part]:
        """Checkpoints, and what graphs remember."""
        parts = []
        if self._has(CHECKPOINTS, "checkpoints"):
            tables = {"checkpoints": _CHECKPOINT, "checkpoint_blobs": _BLOB}
            parts.append(Part("checkpoints", self._count(CHECKPOINTS, "checkpoints"), tables, self._checkpoints))
            columns = [*_WRITE[:-1], "coalesce(value, x'')"]
            rows = partial(self._rows, CHECKPOINTS, "writes", "checkpoint_writes", columns)
            parts.append(
                Part("checkpoint_writes", self._count(CHECKPOINTS, "writes"), {"checkpoint_writes": _WRITE}, rows)
            )
        if self._has(STORE, "store"):
            rows = partial(self._rows, STORE, "store", "store", _ITEM, item_of)
            parts.append(Part("store", self._count(STORE, "store"), {"store": _ITEM}, rows))
        if vectors:
            rows = partial(self._rows, STORE, "store_vectors", "store_vectors", _VECTOR, vector_of)
            parts.append(Part("store_vectors", self.vectors(), {"store_vectors": _VECTOR}, rows))
        return parts

    def _checkpoints(self) -> Iterator[tuple[str, Row]]:
        query = (
            "SELECT thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata"
            " FROM checkpoints ORDER BY thread_id, checkpoint_ns, checkpoint_id DESC"
        )
        with closing(self._files[CHECKPOINTS].execute(query)) as found:
            for place, rows in groupby(found, key=lambda row: row[:2]):
                parting = Parting()
                for *_place, own, parent, kind, stored, metadata in rows:
                    try:
                        parted = parting.part(kind, stored)
                    except CannotMove as error:
                        raise CannotMove(f"Thread {place[0]} cannot be moved: {error.message}.") from None
                    yield "checkpoints", (*place, own, parent, parted.checkpoint, metadata_of(metadata))
                    for blob in parted.blobs:
                        yield "checkpoint_blobs", (*place, blob.channel, blob.version, blob.type, blob.value)

    def _rows(
        self, file: str, table: str, to: str, columns: Sequence[str], make: Callable[[Row], Row] | None = None
    ) -> Iterator[tuple[str, Row]]:
        asked = ", ".join(column if "(" in column else f'"{column}"' for column in columns)
        with closing(self._files[file].execute(f'SELECT {asked} FROM "{table}"')) as found:
            for row in found:
                yield to, make(row) if make else row

    def _has(self, file: str, table: str) -> bool:
        query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return self._files[file].execute(query, [table]).fetchone() is not None

    def _count(self, file: str, table: str) -> int:
        return int(self._files[file].execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])
