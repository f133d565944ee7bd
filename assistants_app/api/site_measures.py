"""What goes on in all processes, as the database knows it, for Prometheus. Whichever process is asked, it is the same.

Every label is bounded: graphs are those of the langgraph.json, kinds and states of workers a handful. A worker by
itself is on the operators' page.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from assistants_app.domain.errors import GraphNotFound
from assistants_app.graphs.catalog import catalog
from assistants_app.models import Worker
from assistants_app.models.load import Ended, GraphLoad, WorkerLoad

if TYPE_CHECKING:
    from prometheus_client.metrics_core import GaugeMetricFamily, Metric

OTHER = "(no longer installed)"
HOUR = timedelta(hours=1)
STATES = ("alive", "blocked", "silent", "lost")


@dataclass(frozen=True, slots=True, eq=False)
class SiteMeasures:
    """A collector of its own kind: it tells what was read once."""

    graphs: list[GraphLoad]
    workers: list[WorkerLoad]
    ended: Ended
    at: datetime

    @classmethod
    def now(cls) -> "SiteMeasures":
        """Reads the database."""
        (ended,) = Ended.within(HOUR)
        return cls(GraphLoad.now(), WorkerLoad.now(), ended, timezone.now())

    def collect(self) -> Iterator["Metric"]:
        for name, what, of_graph in (
            ("runs_pending", "Runs that wait for their turn", "waiting"),
            ("runs_delayed", "Runs that wait for a time", "later"),
            ("runs_running", "Runs that are executed", "running"),
            ("runs_retried", "Runs that have not ended and are in another attempt than their first", "retried"),
        ):
            gauge = _gauge(name, f"{what}, of all processes.", "graph")
            counts = Counter({entry.graph_id: 0 for entry in catalog().entries()})
            for one in self.graphs:
                counts[known_graph(one.graph_id)] += getattr(one, of_graph)
            for graph_id, count in counts.items():
                gauge.add_metric([graph_id], count)
            yield gauge
        yield self._oldest()
        yield from self._of_workers()
        for name, what, value in (
            ("ended", "ended", self.ended.runs),
            ("failed", "failed or took too long", self.ended.failed),
            ("retried", "ended in another attempt than their first", self.ended.retried),
        ):
            gauge = _gauge(f"last_hour_runs_{name}", f"Runs that {what} in the last hour, of all processes.")
            gauge.add_metric([], value)
            yield gauge

    def _oldest(self) -> "Metric":
        since = min((one.oldest for one in self.graphs if one.oldest), default=self.at)
        gauge = _gauge("runs_pending_oldest_seconds", "How long the run has waited that could run for longest.")
        gauge.add_metric([], max(0.0, (self.at - since).total_seconds()))
        return gauge

    def _of_workers(self) -> Iterator["Metric"]:
        workers = _gauge(
            "workers", "Processes that execute runs; one that is lost is told for an hour.", "kind", "state"
        )
        ages = _gauge("worker_heartbeat_age_seconds", "Of the one that was silent for longest and is not lost.", "kind")
        counts = Counter((one.worker.kind, one.state) for one in self.workers)
        for kind in Worker.Kind.values:
            for state in STATES:
                workers.add_metric([kind, state], counts[kind, state])
            heard = [one.age for one in self.workers if one.worker.kind == kind and one.state != "lost"]
            if heard:
                ages.add_metric([kind], max(heard).total_seconds())
        yield workers
        yield ages


def known_graph(graph_id: str) -> str:
    try:
        return catalog().get(graph_id).graph_id
    except GraphNotFound:
        return OTHER


def _gauge(name: str, said: str, *labels: str) -> "GaugeMetricFamily":
    from prometheus_client.metrics_core import GaugeMetricFamily

    return GaugeMetricFamily(f"assistants_{name}", said, labels=labels)
