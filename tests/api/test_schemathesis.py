"""Every operation of the OpenAPI document, asked for all that it says it takes, and for what it does not: nothing
breaks, and every answer is one that the document tells of."""

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from assistants_app.models.assistants import system_assistant_id
from tests.api.asking import Api

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

EXAMPLES = {GenerationMode.POSITIVE: 6, GenerationMode.NEGATIVE: 3}

MOSTLY = st.integers(0, 3).map(bool)

SECONDS = 10
"""For one answer."""

EVENTS = "text/event-stream"

SLOW = ("after_seconds", "webhook")
"""Of a run's body: it would start too late for a test, or call somebody."""


@pytest.mark.filterwarnings("ignore:Do not use the `random` module")  # the server does, in a thread beside
def test_every_operation_keeps_to_the_document(api: Api) -> None:
    schema = schemathesis.openapi.from_dict(api.ok("GET", "/openapi.json"))
    schema.config.update(base_url=api.url)
    ids = real_ids(api)
    faults: list[str] = []
    operations = sorted((result.ok() for result in schema.get_all_operations()), key=deletes)
    for operation in operations:
        for mode, examples in EXAMPLES.items():
            try:
                check(operation, mode, examples, api, ids)
            except Unsatisfiable:  # what takes nothing can be given nothing wrong
                assert mode is GenerationMode.NEGATIVE
            except (Exception, BaseExceptionGroup) as error:
                faults.append(f"{operation.label} ({mode.value}): {told(error)}")
    assert len(operations) > 20
    assert not faults, "\n\n".join(faults)


def deletes(operation: Any) -> bool:
    """What deletes comes last, so that the others find something."""
    return operation.method.upper() == "DELETE"


def told(error: BaseException) -> str:
    inner = getattr(error, "exceptions", None)
    return "; ".join(map(told, inner)) if inner else f"{type(error).__name__}: {error}"


def check(operation: Any, mode: GenerationMode, examples: int, api: Api, ids: dict[str, str]) -> None:
    """Asks for one operation. Raises what is wrong with it."""
    streams = any(EVENTS in answer.get("content", {}) for answer in operation.definition.raw["responses"].values())

    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), known=MOSTLY)
    def ask(case: Case, known: bool) -> None:
        if known:
            name_known(case, ids)
        without(case, SLOW)
        answer = ask_for_events if streams else ask_for_all
        case.validate_response(answer(case, api), checks=CHECKS)

    ask()


def ask_for_all(case: Case, api: Api) -> Any:
    return case.call(headers={"X-Api-Key": api.key}, timeout=SECONDS)


def ask_for_events(case: Case, api: Api) -> Any:
    """Of a stream only its head: it may never end."""
    asked = case.as_transport_kwargs(headers={"X-Api-Key": api.key})
    with requests.request(**asked, timeout=SECONDS, stream=True) as answer:
        if answer.headers.get("Content-Type", "").startswith(EVENTS):
            answer._content = b": heartbeat\r\n\r\n"
        answer.content  # noqa: B018
        return answer


def real_ids(api: Api) -> dict[str, str]:
    """Things that are there, by the names of parameters and fields."""
    thread = api.ok("POST", "/threads", {})["thread_id"]
    body = {"assistant_id": "writer", "input": {"messages": [{"role": "user", "content": "Hi"}]}}
    run = api.ok("POST", f"/threads/{thread}/runs", body)["run_id"]
    return {
        "assistant_id": str(system_assistant_id("writer")),
        "graph_id": "writer",
        "thread_id": thread,
        "run_id": run,
    }


def name_known(case: Case, ids: dict[str, str]) -> None:
    """Let a case be about what is there."""
    for place in (case.path_parameters, case.query, case.body):
        if isinstance(place, dict):
            place.update({name: value for name, value in ids.items() if name in place})


def without(case: Case, names: tuple[str, ...]) -> None:
    for body in case.body if isinstance(case.body, list) else [case.body]:
        if isinstance(body, dict):
            for name in names:
                body.pop(name, None)
