"""PostgreSQL's part of "only who owns a run writes for it": locked first, then asked again in whatever is written.

The run's row is locked until what is written for it is committed, so that nobody takes the run over meanwhile; if
somebody did, there is nothing to write for.
"""

import re
from functools import cache
from typing import TypeAlias
from uuid import UUID

from assistants_app.models import Run

Owner: TypeAlias = tuple[UUID, int, UUID]
"""Of which run, by which attempt, of which worker."""

_VALUES = re.compile(r"VALUES\s*\(([^)]*)\)")

_RUNS = Run._meta.db_table

OWNED = (
    f"FROM {_RUNS} WHERE run_id = %s AND attempt = %s AND worker_id = %s AND status = 'running' FOR SHARE SKIP LOCKED"
)

LOCK_ONE = f"SELECT run_id, attempt, worker_id FROM {_RUNS} WHERE run_id = ANY(%s) AND status = 'running' FOR SHARE"
"""Whoever owns these runs owns them until this transaction has ended. For one run: it waits for who has it locked."""

LOCK_FREE = f"{LOCK_ONE} SKIP LOCKED"
"""The same for several, without those that somebody has locked."""


@cache
def only_for_owners(sql: str) -> str:
    """An INSERT of the checkpointer's that inserts nothing unless the run is owned; it wants to know its `Owner` beside
    its own values. The run is locked before, in the same transaction."""
    owned, replaced = _VALUES.subn(rf"SELECT \1 {OWNED}", sql.rstrip(" \n;"))
    if replaced != 1:
        raise ValueError(f"The checkpointer writes in a way that is not known: {sql}")
    return owned
