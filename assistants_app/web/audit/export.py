"""The log as a file: CSV or JSON lines, streamed as it is read, a bounded piece at a time."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterable

from asgiref.sync import sync_to_async

from assistants_app.models import AuditEntry
from assistants_app.web.audit.asked import Asked, Place
from assistants_app.web.audit.stretch import walk

PIECE = 2_000
"""Entries that are in memory at once."""

COLUMNS = (
    *("id", "at", "who_kind", "who_id", "who", "action", "object_kind", "object_id", "object_name"),
    *("face", "address", "request_id", "before", "after"),
)

Write = Callable[[Iterable[AuditEntry]], bytes]

_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet may take for the beginning of a formula; a Japanese one takes the wide signs, too."""


async def pieces(asked: Asked, write: Write, head: bytes = b"") -> AsyncIterator[bytes]:
    """Each piece is one short question of the database, so that none is held up however slowly somebody reads."""
    if head:
        yield head
    place: Place | None = None
    while True:
        entries, place = await sync_to_async(walk, thread_sensitive=True)(asked, place, PIECE)
        if entries:
            yield write(entries)
        if place is None:
            return


def as_csv(entries: Iterable[AuditEntry]) -> bytes:
    return _csv([_cell(value) for value in _values(entry)] for entry in entries)


def csv_head() -> bytes:
    return "\ufeff".encode() + _csv([COLUMNS])  # spreadsheets take it for UTF-8 then


def as_json_lines(entries: Iterable[AuditEntry]) -> bytes:
    lines = (json.dumps(dict(zip(COLUMNS, _values(entry), strict=True)), ensure_ascii=False) for entry in entries)
    return "".join(f"{line}\n" for line in lines).encode()


def _values(entry: AuditEntry) -> list[object]:
    return [entry.at.isoformat() if name == "at" else getattr(entry, name) for name in COLUMNS]


def _cell(value: object) -> object:
    """Nothing that a spreadsheet would execute: somebody may be called "=cmd|…"."""
    if value is None or isinstance(value, int):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
