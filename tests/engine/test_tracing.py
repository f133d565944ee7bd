"""OpenTelemetry's spans: one for each attempt of a run, with its ids, below the request that asked for it."""

import subprocess
import sys

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from assistants_app.engine import Engine
from assistants_app.models import Run, Worker
from tests import make
from tests.commands.served import ROOT, environment
from tests.running import finish

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def _of(run: Run, spans: InMemorySpanExporter) -> list[ReadableSpan]:
    found = spans.get_finished_spans()
    return [span for span in found if (span.attributes or {}).get("assistants.run_id") == str(run.run_id)]


def test_it_works(serving: Engine, spans: InMemorySpanExporter) -> None:
    run = finish(make.run("hi"))
    assert run.assistant is not None
    (span,) = _of(run, spans)
    assert span.name == "run writer"
    assert span.parent is None
    assert span.attributes == {
        "assistants.run_id": str(run.run_id),
        "assistants.thread_id": str(run.thread_id),
        "assistants.assistant_id": str(run.assistant.assistant_id),
        "assistants.version": 1,
        "assistants.graph_id": "writer",
        "assistants.attempt": 1,
        "assistants.worker": str(Worker.objects.get().worker_id),
        "assistants.status": "success",
    }


def test_what_a_graph_traces_hangs_below_its_run(serving: Engine, spans: InMemorySpanExporter) -> None:
    run = finish(make.run(input={"text": "a"}, graph_id="traces"))
    (span,) = _of(run, spans)
    own = {one.name: one for one in spans.get_finished_spans() if one.name.startswith("own ")}
    assert set(own) == {"own in a thread", "own in a task"}
    for one in own.values():
        assert one.parent is not None
        assert one.parent.span_id == span.context.span_id


def test_below_the_request_that_asked_for_it(serving: Engine, spans: InMemorySpanExporter) -> None:
    run = finish(make.run("hi", options={"traceparent": f"00-{TRACE}-{PARENT}-01"}))
    (span,) = _of(run, spans)
    assert span.parent is not None
    assert (f"{span.parent.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, PARENT)


@pytest.mark.parametrize("traceparent", ["", "00-00-00-00", "elsewhere"])
def test_a_parent_that_is_none_is_passed_over(serving: Engine, spans: InMemorySpanExporter, traceparent: str) -> None:
    run = finish(make.run("hi", options={"traceparent": traceparent}))
    (span,) = _of(run, spans)
    assert span.parent is None


def test_a_failure_is_told_without_its_message(serving: Engine, spans: InMemorySpanExporter) -> None:
    run = finish(make.run(input={"times": 9, "error": "its own"}, graph_id="stumbles"))
    (span,) = _of(run, spans)
    attributes = span.attributes or {}
    assert (attributes["assistants.status"], attributes["error.type"]) == ("error", "ValueError")
    assert span.status.status_code is trace.StatusCode.ERROR
    assert "fell over" not in span.to_json()


def test_nothing_is_needed() -> None:
    """Where the package is not installed runs are executed as ever."""
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "import django; django.setup()\n"
        "from assistants_app.engine.runs import tracing\n"
        "from assistants_app.models import Run\n"
        "with tracing.attempt_span(Run(graph_id='a')) as span: span.ended(None)\n"
        "tracing.carrying()()\n"
        "assert not [name for name, module in sys.modules.items() if name.startswith('opentelemetry') and module]\n"
        "print(tracing.INSTALLED)"
    )
    variables = {"DJANGO_SETTINGS_MODULE": "assistants_app.settings", "SECRET_KEY": "only for tests"}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ended.stdout, ended.stderr) == ("False\n", "")
