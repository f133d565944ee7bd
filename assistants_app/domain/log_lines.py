"""Lines of the log, as text or as one JSON object each, with the run that they are about.

Which run that is, the context knows: whoever executes a run says so, and its graph's tasks and threads inherit it.
"""

import contextvars
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

FACTS = ("run_id", "thread_id", "assistant_id", "version", "graph_id", "attempt", "worker")

RunFacts = Mapping[str, str | int | None]
"""By the names in FACTS."""

_hidden: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar("hidden", default=())

MASK = "••••••••"

_run: contextvars.ContextVar[RunFacts | None] = contextvars.ContextVar("run", default=None)


def tell_of(facts: RunFacts | None) -> None:
    """From now on, in this context, what is logged is about this run."""
    _run.set(facts)


def hide(texts: Sequence[str]) -> None:
    """From now on, in this context, no line of the log tells these texts, whoever writes it."""
    _hidden.set(tuple(texts))


def hidden() -> Sequence[str]:
    """What is hidden in this context."""
    return _hidden.get()


def told_of() -> RunFacts | None:
    return _run.get()


@contextmanager
def telling_of(facts: RunFacts) -> Iterator[None]:
    before = _run.set(facts)
    try:
        yield
    finally:
        _run.reset(before)


class OfRun(logging.Filter):
    """Gives every record the facts of its run, None outside one; those given by `extra` stay."""

    def filter(self, record: logging.LogRecord) -> bool:
        facts = _run.get() or {}
        for name in FACTS:
            if not hasattr(record, name):
                setattr(record, name, facts.get(name))
        return True


class InALine(logging.Filter):
    """What a stranger sent amiss, such as a name that is not the site's or far too much: no traceback, for nothing
    broke here. Django tells of each kind by a logger of its own, below the one for all."""

    def filter(self, record: logging.LogRecord) -> bool:
        if f"{record.name}.".startswith("django.security."):
            record.exc_info = record.exc_text = None
        return True


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    found = {name: getattr(record, name, None) for name in FACTS}
    return {name: value for name, value in found.items() if value is not None}


def masked(line: str) -> str:
    """Without the texts that are hidden in this context."""
    for text in _hidden.get():
        line = line.replace(text, MASK)
    return line


class TextLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:
        facts = " ".join(f"{name}={value}" for name, value in _facts(record).items())
        return super().formatMessage(record) + (f" [{facts}]" if facts else "")


class JsonLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
            **_facts(record),
        }
        if record.exc_info:
            line["exception"] = masked(self.formatException(record.exc_info))
        if record.stack_info:
            line["stack"] = masked(self.formatStack(record.stack_info))
        return json.dumps(line, default=str)
