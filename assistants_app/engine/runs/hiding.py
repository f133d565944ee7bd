"""The secrets among a run's settings: its graph gets them, and nobody is told them by what the graph leaves behind.

What they are is said by the settings' schema, or by their names. Only the assistant itself tells them.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import Any

from assistants_app.domain.config_values.hidden import secret_pointers
from assistants_app.domain.form_spec.hints import names_secret
from assistants_app.domain.json_pointer import unescape
from assistants_app.domain.json_values import Json
from assistants_app.domain.log_lines import MASK, masked
from assistants_app.engine.events.encoding import encode
from assistants_app.engine.runs.failures import SHORTEST_SECRET
from assistants_app.engine.threads.state import TaskState, ThreadState
from assistants_app.models import Run
from assistants_app.services.secrets import given, spec_by, texts_in, variable_pointers


def with_secrets(run: Run, schema: Json, *, strict: bool = True) -> Run:
    """A copy for its graph, with its secrets opened; the run itself is shown and saved.

    Raises what `services.secrets.given` raises, if `strict`.
    """
    if not (run.context or run.config):
        return run
    spec, opened = spec_by(schema), copy(run)
    opened.context = given(run.context, spec, strict=strict)
    opened.config = given(run.config, None, strict=strict)
    if configurable := opened.config.get("configurable"):
        opened.config = {**opened.config, "configurable": given(configurable, spec, strict=strict)}
    return opened


ERROR = "__error__"
"""LangGraph's channel for what a node raised."""


def secrets_of(run: Run | None, schema: Json) -> list[str]:
    """The texts to hide, the longest first. Errors of HTTP clients quote their headers."""
    if run is None or not (run.context or run.config):
        return []
    spec = spec_by(schema)
    found = texts_in(run.context, spec) | texts_in(run.config, None)
    found |= texts_in(run.config.get("configurable") or {}, spec)
    texts = {text for each in found if len(text := each.strip()) >= SHORTEST_SECRET}
    return sorted(texts, key=len, reverse=True)


def hidden_facts(run: Run, schema: Json) -> dict[str, str]:
    """Masks for LangGraph's metadata, by the settings that are secrets though their names do not tell: what is in
    the metadata already is not copied there, neither into checkpoints nor into traces."""
    if not (run.context or run.config):
        return {}
    spec = spec_by(schema)
    found: set[str] = set()
    for settings in (run.context, run.config.get("configurable") or {}):
        pointers = (*secret_pointers(spec, settings), *variable_pointers(spec, settings))
        found |= {unescape(pointer.split("/")[1]) for pointer in pointers}
    return {key: MASK for key in found if not names_secret(key)}


def hidden(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


def hidden_in_json(data: bytes, secrets: Sequence[str]) -> bytes:
    for secret in secrets:
        data = data.replace(encode(secret)[1:-1], MASK.encode())
    return data


def without_secrets(config: Any) -> Any:
    """LangGraph's config for a checkpointer, which copies what is configured into the metadata of every checkpoint."""
    configurable = config["configurable"]
    kept = {key: value for key, value in configurable.items() if not names_secret(key)}
    return config if len(kept) == len(configurable) else {**config, "configurable": kept}


def told_writes(writes: Sequence[tuple[str, Any]]) -> Sequence[tuple[str, Any]]:
    """What a step of a run leaves with the checkpointer: an error, which is kept as Python prints it, tells no secrets
    of the run that is executed in this context."""
    return [
        (channel, masked(repr(value))) if channel == ERROR and isinstance(value, BaseException) else (channel, value)
        for channel, value in writes
    ]


def with_errors_hidden(state: ThreadState, secrets: Sequence[str]) -> ThreadState:
    """A thread's state, whose failed tasks quote what their nodes raised."""
    if not secrets or not state.tasks:
        return state
    return replace(state, tasks=tuple(_task(task, secrets) for task in state.tasks))


def with_facts_hidden(state: ThreadState, names: frozenset[str]) -> ThreadState:
    """A thread's state, whose metadata LangGraph copied from the settings before they were hidden."""
    if not names:
        return state
    tasks = tuple(replace(one, state=one.state and with_facts_hidden(one.state, names)) for one in state.tasks)
    if not isinstance(state.metadata, dict):
        return replace(state, tasks=tasks)
    told = {key: MASK if key in names else value for key, value in state.metadata.items()}
    return replace(state, tasks=tasks, metadata=told)


def _task(task: TaskState, secrets: Sequence[str]) -> TaskState:
    inner = with_errors_hidden(task.state, secrets) if task.state else None
    return replace(task, error=hidden(task.error, secrets), state=inner)
