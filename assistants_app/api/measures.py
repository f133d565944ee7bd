"""What this process measures of itself, for Prometheus: requests by operation, runs by graph, blocked loops.

Every label is bounded: operations are those of the registry, graphs those of the langgraph.json.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import Min
from django.utils import timezone

from assistants_app.api.site_measures import SiteMeasures, known_graph
from assistants_app.engine import engine
from assistants_app.models import Run
from assistants_app.services.runs import RunEnd

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LONG_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900)

NO_GRAPH = "(no graph)"


@dataclass(frozen=True, slots=True)
class Queue:
    """The runs that have not ended, of all processes."""

    pending: int
    running: int
    oldest_seconds: float | None
    median_seconds: float | None

    @classmethod
    def now(cls) -> "Queue":
        """Reads the database."""
        waiting = Run.objects.filter(status=Run.Status.PENDING)
        pending, now = waiting.count(), timezone.now()
        oldest = waiting.aggregate(at=Min("created_at"))["at"] if pending else None
        dates = waiting.order_by("created_at").values_list("created_at", flat=True)
        median = dates[pending // 2 : pending // 2 + 1] if pending else ()
        return cls(
            pending=pending,
            running=Run.objects.filter(status=Run.Status.RUNNING).count(),
            oldest_seconds=_seconds(oldest, now),
            median_seconds=_seconds(next(iter(median), None), now),
        )


class Measures:
    """In a registry of its own, so that what libraries register elsewhere stays out."""

    def __init__(self) -> None:
        from prometheus_client import (
            CollectorRegistry,
            Counter,
            GCCollector,
            Histogram,
            PlatformCollector,
            ProcessCollector,
        )

        self.registry = CollectorRegistry(auto_describe=True)
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        own: Any = {"namespace": "assistants", "registry": self.registry}
        self.requests = Counter("requests", "Requests answered.", ["operation", "status"], **own)
        self.request_seconds = Histogram(
            "request_seconds", "Until an answer began.", ["operation"], buckets=SECONDS, **own
        )
        self.runs = Counter("runs", "Runs that ended in this process.", ["graph", "status"], **own)
        self.run_seconds = Histogram("run_seconds", "From start to end.", ["graph"], buckets=LONG_SECONDS, **own)
        self.run_wait_seconds = Histogram(
            "run_wait_seconds", "From acceptance to start.", ["graph"], buckets=LONG_SECONDS, **own
        )
        self.first_token_seconds = Histogram(
            "run_first_token_seconds", "From start to the model's first token.", ["graph"], buckets=LONG_SECONDS, **own
        )
        self.run_retries = Counter("run_retries", "Attempts after the first, of the runs counted.", ["graph"], **own)
        self.registry.register(BlockedLoops())

    def request_answered(self, operation: str, status: int, seconds: float) -> None:
        self.requests.labels(operation, str(status)).inc()
        self.request_seconds.labels(operation).observe(seconds)

    def run_ended(self, run: Run, end: RunEnd) -> None:
        graph = known_graph(run.graph_id)
        self.runs.labels(graph, str(end.status)).inc()
        self.run_retries.labels(graph).inc(run.attempt - 1)
        if run.started_at is None:
            return
        self.run_wait_seconds.labels(graph).observe(max(0.0, (run.started_at - run.created_at).total_seconds()))
        self.run_seconds.labels(graph).observe((timezone.now() - run.started_at).total_seconds())
        if end.first_token_at is not None:
            self.first_token_seconds.labels(graph).observe((end.first_token_at - run.started_at).total_seconds())

    def text(self, site: SiteMeasures) -> tuple[bytes, str]:
        """What Prometheus reads, and its media type."""
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

        of_all = CollectorRegistry()
        of_all.register(site)
        return generate_latest(self.registry) + generate_latest(of_all), CONTENT_TYPE_LATEST

    def ended_runs(self) -> list[dict[str, Any]]:
        """The runs that ended in this process, by graph and status."""
        samples = (sample for metric in self.runs.collect() for sample in metric.samples)
        return [
            {**sample.labels, "count": int(sample.value)} for sample in samples if sample.name.endswith("_runs_total")
        ]


class BlockedLoops:
    """How often and how long graphs blocked the event loop of this process, as the engine counts it."""

    def collect(self) -> Iterator["Metric"]:
        from prometheus_client.metrics_core import CounterMetricFamily

        times = CounterMetricFamily("assistants_loop_blocked", "Times the event loop was blocked.", labels=["graph"])
        seconds = CounterMetricFamily("assistants_loop_blocked_seconds", "And for how long.", labels=["graph"])
        found = defaultdict[str, list[float]](lambda: [0, 0.0])
        for graph_id, blocked in engine().blocked.items():
            counts = found[known_graph(graph_id) if graph_id else NO_GRAPH]
            counts[0] += blocked.times
            counts[1] += blocked.seconds
        for graph, counts in found.items():
            times.add_metric([graph], counts[0])
            seconds.add_metric([graph], counts[1])
        yield from (times, seconds)


@lru_cache(maxsize=1)
def measures() -> Measures:
    """Those of this process."""
    return Measures()


def watch_runs() -> None:
    """Count the runs that end in this process, from now on. Calling it again does nothing."""
    if _count_run not in engine().on_run_end:
        engine().on_run_end.append(_count_run)


def _count_run(run: Run, end: RunEnd) -> None:
    measures().run_ended(run, end)


def _seconds(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else max(0.0, (now - since).total_seconds())
