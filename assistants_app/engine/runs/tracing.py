"""OpenTelemetry's spans, one for each attempt of a run, where its package is installed; else nothing at all.

Where they go is the operator's to set up, by OpenTelemetry's own means. What a graph's libraries trace themselves
hangs below the attempt.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from assistants_app.engine.runs.told_run import facts_of
from assistants_app.models import Run
from assistants_app.services.runs import RunEnd

try:
    from opentelemetry import context as spans
    from opentelemetry import trace
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ImportError:
    INSTALLED = False
else:
    INSTALLED = True

NAME = "assistants"


class AttemptSpan:
    """Of one attempt, while it lasts."""

    def __init__(self, span: Any = None) -> None:
        self._span = span

    def ended(self, end: RunEnd) -> None:
        """What failed is told by its class alone: messages may hold what is nobody's business."""
        if self._span is None:
            return
        self._span.set_attribute(f"{NAME}.status", str(end.status))
        if isinstance(end.error, dict):
            kind = str(end.error.get("error", ""))
            self._span.set_attribute("error.type", kind)
            self._span.set_status(trace.StatusCode.ERROR, kind)


@contextmanager
def attempt_span(run: Run) -> Iterator[AttemptSpan]:
    """Below the span of the request that asked for the run, where that came along as `traceparent`."""
    if not INSTALLED:
        yield AttemptSpan()
        return
    asked_by = {"traceparent": run.options["traceparent"]} if "traceparent" in run.options else {}
    facts = {f"{NAME}.{name}": value for name, value in facts_of(run).items() if value is not None}
    with trace.get_tracer(NAME).start_as_current_span(
        f"run {run.graph_id}",
        context=TraceContextTextMapPropagator().extract(asked_by, context=spans.Context()),
        attributes=facts,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        yield AttemptSpan(span)


def carrying() -> Callable[[], object]:
    """What gives another context the span of this one."""
    if not INSTALLED:
        return lambda: None
    now = spans.get_current()
    return lambda: spans.attach(now)
