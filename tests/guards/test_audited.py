"""Every service that changes something tells the audit log so, or says here why it does not."""

import ast
from pathlib import Path

import pytest

from tests.guards.tree import PACKAGE

SERVICES = PACKAGE / "services"

RECORDS = {"record", "entry", "record_refusal", "record_failed_sign_in", "record_rejected_key"}

WRITES = {
    *("save", "create", "update", "delete", "insert", "bulk_create", "bulk_update"),
    *("update_or_create", "get_or_create", "defer", "execute"),
}
"""What a change of the database looks like."""

RUNS = "a run is a record itself: who asked for it, when, with what, and how it ended"
ENGINE = "a step of the engine, which nobody takes"
CHAT = "part of a conversation, which its thread keeps"

EXEMPT = {
    "accepting.begin_run": RUNS,
    "run_requests.begin_asked_run": RUNS,
    "crons.begin_cron_run": RUNS,
    "inbox.begin_answer": RUNS,
    "counting": ENGINE,
    "queue": ENGINE,
    "runs.claim_run": ENGINE,
    "runs.finish_run": ENGINE,
    "runs.finish_once": ENGINE,
    "runs.ask_cancel": "whoever asks is recorded by runs.record_cancelled",
    "runs.cancel_pending_run": "whoever asked is recorded by runs.record_cancelled",
    "recovery.recover_runs": ENGINE,
    "recovery.hand_over": ENGINE,
    "recovery.let_go": ENGINE,
    "recovery.let_go_of_own": ENGINE,
    "recovery.begin_next_attempt": ENGINE,
    "recovery.note_progress": ENGINE,
    "recovery.mend_threads": ENGINE,
    "trial_steps": "the engine's steps of a trial, which services.trials records",
    "workers": ENGINE,
    "threads.create_thread": CHAT,
    "threads.update_thread": CHAT,
    "threads.copy_thread": CHAT,
    "threads.record_held": CHAT,
    "threads.rename_thread": CHAT,
    "draft_steps.take_into_draft": "as all of drafts",
    "drafts": "nobody else sees a draft; what is saved of it is recorded as a version",
    "expiry.expire_thread": "by the rule that the langgraph.json or the thread's own maker set",
    "ratings": "a rating tells who gave it and when",
    "news": "a delivery is a record itself, of what the services around it record",
    "deliveries": "a delivery is a record itself: when it was tried, and what came of it",
    "reviews.decide": "a part of what the services around it record",
    "reviews.say": "a part of what the services around it record",
    "protection": "a part of what the services around it record",
    "people.hold_address": "a lock, which changes nothing",
    "people.choose_language": "what somebody reads in is nobody else's matter",
    "letters": "a part of what the services around it record",
    "pushes": "kept with the run",
    "sessions.note_session": "a sign-in, recorded as all of them by web.sign_in.recording",
    "sessions.forget_session": "it ended by itself, or by what is recorded",
    "sessions.rename_session": "the same session goes on",
    "hidden": "changes values in memory alone: who stores them records it",
    "locks.under_locks": "makes what the services around it store and record",
    "locks.unless_locked": "as under_locks",
    "hiding": "recorded by services.locks, whose change it carries out",
    "sealed_tables.rewrite": "a part of what the services around it record",
    "keys.find_key": "notes when a key was used last",
    "people.spend_link": "a sign-in, recorded as all of them by web.sign_in.recording",
    "versions.put_live": "a part of what the services around it record",
    "versions.record_version": "a part of what the services around it record",
}
"""A function or a whole file, and why."""


def functions() -> dict[str, ast.FunctionDef]:
    """By file and name, private ones too."""
    return {
        f"{path.stem}.{node.name}": node
        for path in sorted(SERVICES.glob("*.py"))
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }


def calls(node: ast.AST) -> set[str]:
    called = [call.func for call in ast.walk(node) if isinstance(call, ast.Call)]
    return {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in called}


def reached(start: str, found: dict[str, ast.FunctionDef]) -> set[str]:
    """The names of everything that a function calls, by way of other services too."""
    by_name: dict[str, set[str]] = {}
    for key in found:
        by_name.setdefault(key.partition(".")[2], set()).add(key)
    names: set[str] = set()
    waiting = [start]
    while waiting:
        for name in calls(found[waiting.pop()]) - names:
            names.add(name)
            waiting += by_name.get(name, ())
    return names


def is_exempt(key: str) -> bool:
    return key in EXEMPT or key.partition(".")[0] in EXEMPT


def silent() -> list[str]:
    """The public functions that change something and record nothing."""
    found = functions()
    public = [key for key in found if not key.partition(".")[2].startswith("_")]
    return [
        key for key in public if not is_exempt(key) and (names := reached(key, found)) & WRITES and not names & RECORDS
    ]


def test_it_works() -> None:
    found = functions()

    assert reached("assistants.change_owner", found) >= {"entry", "update"}
    assert "record" not in reached("expiry.expire_thread", found)


def test_every_change_is_recorded() -> None:
    assert silent() == []


def test_a_service_that_forgets_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "things.py").write_text(
        "def rename(*, pk):\n    _do(pk)\n\ndef _do(pk):\n    rows(pk).update(name='x')\n"
    )
    monkeypatch.setitem(globals(), "SERVICES", tmp_path)

    assert silent() == ["things.rename"]


def test_what_is_exempt_is_there() -> None:
    found = functions()
    files = {key.partition(".")[0] for key in found}

    assert {name for name in EXEMPT if name not in found and name not in files} == set()
