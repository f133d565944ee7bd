"""What a task leaves with the checkpointer that did not come to its end: nothing but that.

LangGraph keeps what a failed or cancelled task had written by then. A task whose node has written, and whose
conditional edges have not, looks finished to whoever goes on with the thread: no edge leads on, so the graph ends
there, as a success. Without these writes the task is done again, as all of it.
"""

from collections.abc import Sequence
from typing import Any

from assistants_app.engine.runs.hiding import ERROR

Writes = Sequence[tuple[str, Any]]

ABOUT_TASKS = {ERROR, "__error_source_node__", "__interrupt__", "__resume__"}
"""LangGraph's channels that hold no part of what a task has done."""


def of_whole_tasks(writes: Writes) -> Writes:
    """All writes of one task, or only those that tell of its end where it failed or was cancelled."""
    if any(channel == ERROR for channel, _value in writes):
        return [(channel, value) for channel, value in writes if channel in ABOUT_TASKS]
    return writes
