"""What the role of a key allows with single things, beyond the least role that each operation asks for.

Whoever may not edit assistants changes, stops and deletes only what they made themselves: a thread by its author, a
run by its own or its thread's. Keys of one name are one program: a key that takes another's place owns what that made.
"""

from collections.abc import Mapping
from typing import Any

from assistants_app.api.access.callers import Caller
from assistants_app.api.errors import ApiError
from assistants_app.models import Role, Run, Thread
from assistants_app.services.run_requests import is_place

STOPPING = frozenset(("interrupt", "rollback"))
"""Strategies of a run that end the ones before it."""


def owns_thread(caller: Caller, thread: Thread) -> bool:
    return caller.role.includes(Role.EDITOR) or thread.author == caller.author.label


def owns_run(caller: Caller, run: Run) -> bool:
    return run.author == caller.author.label or owns_thread(caller, run.thread)


def require_own(own: bool, what: str = "thread") -> None:
    """Raises ApiError (403)."""
    if not own:
        needed = Role.EDITOR.value
        raise ApiError(
            403, f"Somebody else made this {what}: to change, stop or delete it needs a key with the role {needed}."
        )


def check_overrides(caller: Caller, asked: Mapping[str, Any]) -> None:
    """A run with other settings than the assistant's is a test of them. Raises ApiError (403)."""
    if caller.role.includes(Role.TESTER):
        return
    configurable = (asked.get("config") or {}).get("configurable") or {}
    if asked.get("context") or any(not is_place(key) for key in configurable):
        needed = Role.TESTER.value
        raise ApiError(
            403, f"Running with other settings than the assistant's needs a key with the role {needed} or above."
        )


def check_thread_of_run(caller: Caller, asked: Mapping[str, Any], thread: Thread) -> None:
    """To go on with somebody's thread is a chat; to stop what runs there, or to rewrite its state, is a change of it.

    Raises ApiError (403). Asks the database.
    """
    if owns_thread(caller, thread):
        return
    command = asked.get("command") or {}
    require_own(command.get("update") is None and command.get("goto") is None)
    if asked.get("multitask_strategy") in STOPPING:
        require_own(not thread.runs.unfinished().exclude(author=caller.author.label).exists(), "thread's runs")
