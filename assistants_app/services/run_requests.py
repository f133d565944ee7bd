"""Runs as programs ask for them: in the names of the LangGraph Server API, on a thread or on one of their own."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from assistants_app.domain.errors import ThreadNotFound
from assistants_app.domain.json_values import Json, Settings
from assistants_app.models import Run
from assistants_app.services.accepting import NewThread, begin_run
from assistants_app.services.authors import Author
from assistants_app.services.confided import sealed_options

OPTIONS = (
    "stream_mode",
    "stream_subgraphs",
    "stream_resumable",
    "interrupt_before",
    "interrupt_after",
    "feedback_keys",
    "multitask_strategy",
    "on_completion",
    "on_disconnect",
    "webhook",
    "after_seconds",
    "strict_resume",
    "push",
    "time_limit",
    "traceparent",
)
"""What is asked of a run beside its values, and kept in its `options`."""

PLACE = frozenset(
    ("thread_id", "run_id", "graph_id", "assistant_id", "user_id", "checkpoint_id", "checkpoint_ns", "checkpoint_map")
)
"""What `configurable` tells of where a run happens: the product says that itself."""


@dataclass(frozen=True, slots=True)
class CallerOfRun:
    """Who asked for a run, as its graph is told: kept with the run, for another process may execute it."""

    user_id: str = ""
    permissions: tuple[str, ...] = ()
    user: Json = None
    """What custom authentication returned, as JSON."""
    headers: Mapping[str, str] = field(default_factory=dict)
    request_id: str = ""


NOBODY = CallerOfRun()


def begin_asked_run(
    *,
    assistant_id: uuid.UUID,
    asked: Mapping[str, Any],
    author: Author,
    thread_id: uuid.UUID | None = None,
    caller: CallerOfRun = NOBODY,
    run_id: uuid.UUID | None = None,
    worker_id: uuid.UUID | None = None,
) -> Run:
    """Accept a run that is `asked` for in the API's names; without a thread it gets one of its own.

    Such a thread goes when the run has ended, unless `on_completion` is "keep". A thread that is not there is made
    where `if_not_exists` is "create". The engine starts the run, after the commit. Raises what `begin_run` raises.
    """
    config, values = _config(asked)
    options = {key: asked[key] for key in OPTIONS if asked.get(key) is not None}
    options.setdefault("multitask_strategy", "enqueue")
    options["durability"] = durability(asked)
    options = sealed_options({**options, "caller": asdict(caller)})
    wait = asked.get("after_seconds")
    if thread_id is None:
        options["temporary"] = True
    new = NewThread(thread_id or uuid.uuid4(), metadata=asked.get("metadata") or {})
    begin = partial(
        begin_run,
        run_id=run_id,
        assistant_id=assistant_id,
        author=author,
        version=asked.get("assistant_version"),
        context=values,
        config=config,
        metadata=asked.get("metadata"),
        input=asked.get("input"),
        command=asked.get("command"),
        checkpoint_id=checkpoint_id(asked),
        options=options,
        worker_id=worker_id,
        not_before=timezone.now() + timedelta(seconds=wait) if wait else None,
    )
    if thread_id is None:
        return begin(thread=new)
    if asked.get("if_not_exists") != "create":
        return begin(thread=thread_id)
    try:
        return begin(thread=thread_id)
    except ThreadNotFound:
        pass
    try:
        return begin(thread=new)
    except IntegrityError:  # made by somebody else at this moment
        return begin(thread=thread_id)


def durability(asked: Mapping[str, Any]) -> str:
    """`checkpoint_during` is its older name."""
    if asked.get("durability"):
        return str(asked["durability"])
    return "exit" if asked.get("checkpoint_during") is False else "async"


def checkpoint_id(asked: Mapping[str, Any]) -> str | None:
    """Where in the thread to begin: three places may say so."""
    configurable = (asked.get("config") or {}).get("configurable") or {}
    checkpoint = asked.get("checkpoint") or {}
    return checkpoint.get("checkpoint_id") or asked.get("checkpoint_id") or configurable.get("checkpoint_id") or None


def _config(asked: Mapping[str, Any]) -> tuple[dict[str, Any], Settings]:
    """The run options, and the settings' values, which come as `context` or by their older name."""
    config = {key: value for key, value in (asked.get("config") or {}).items() if value is not None}
    given = config.pop("configurable", {})
    own = {key: value for key, value in given.items() if not is_place(key)}
    if own:
        config["configurable"] = own  # keys that the graph's settings do not know reach it here alone
    return config, asked.get("context") or {key: value for key, value in own.items() if key != "cron_id"}


def is_place(key: str) -> bool:
    """Whether a key of `configurable` is no setting, but the product's own to say."""
    return key in PLACE or key.startswith(("__", "langgraph_auth_"))
