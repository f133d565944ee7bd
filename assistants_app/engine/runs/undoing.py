"""Undoing a run in the checkpointer's tables, which both official savers lay out alike."""

from collections.abc import Iterator

NOBODYS_TASK = "00000000-0000-0000-0000-000000000000"
"""Under this LangGraph keeps an answer that names no question."""


def undo_statements(*, writes: str, run_of: str, mark: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """SQL that deletes what one run stored, and the names of what it wants to know ("thread" or "run").

    That is its checkpoints with what was written there; and, where it answered a question, what was written by who
    had asked at the newest checkpoint left, so that the question waits again. `writes` is the table of writes,
    `run_of` the run of a row of checkpoints.
    """
    own = f"SELECT checkpoint_ns, checkpoint_id FROM checkpoints WHERE thread_id = {mark} AND {run_of} = {mark}"
    for table in (writes, "checkpoints"):
        yield (
            f"DELETE FROM {table} WHERE thread_id = {mark} AND (checkpoint_ns, checkpoint_id) IN ({own})",
            ("thread", "thread", "run"),
        )
    newest = (
        f"SELECT checkpoint_ns, max(checkpoint_id) FROM checkpoints WHERE thread_id = {mark} GROUP BY checkpoint_ns"
    )
    asked = f"SELECT task_id FROM {writes} WHERE thread_id = {mark} AND channel IN ('__interrupt__', '__error__')"
    yield (
        f"DELETE FROM {writes} WHERE thread_id = {mark} AND (checkpoint_ns, checkpoint_id) IN ({newest})"
        f" AND channel <> '__interrupt__' AND (task_id = '{NOBODYS_TASK}' OR task_id IN ({asked}))",
        ("thread", "thread", "thread"),
    )
