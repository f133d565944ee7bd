"""The secrets among a run's settings: its graph gets them, and nobody is told them by what the graph leaves behind.

What they are is said by the settings' schema, or by their names. Only the assistant itself tells them.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from assistants_app.domain.form_spec.hints import names_secret
from assistants_app.domain.json_values import Json
from assistants_app.engine.encoding import encode
from assistants_app.engine.failures import MASK, secrets_among
from assistants_app.engine.thread_state import TaskState, ThreadState
from assistants_app.models import Run


def secrets_of(run: Run | None, schema: Json) -> list[str]:
    """The texts to hide, the longest first."""
    if run is None:
        return []
    found = {*secrets_among(run.context, schema), *secrets_among(run.config)}
    return sorted(found, key=len, reverse=True)


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


def with_errors_hidden(state: ThreadState, secrets: Sequence[str]) -> ThreadState:
    """A thread's state, whose failed tasks quote what their nodes raised."""
    if not secrets or not state.tasks:
        return state
    return replace(state, tasks=tuple(_task(task, secrets) for task in state.tasks))


def _task(task: TaskState, secrets: Sequence[str]) -> TaskState:
    inner = with_errors_hidden(task.state, secrets) if task.state else None
    return replace(task, error=hidden(task.error, secrets), state=inner)
