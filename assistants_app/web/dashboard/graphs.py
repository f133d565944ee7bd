"""The graphs on the dashboard: whether they load, and how their runs went."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assistants_app.domain.costs import Price, costs_of
from assistants_app.domain.tally import Tally
from assistants_app.graphs.catalog import catalog
from assistants_app.web.dashboard import figures
from assistants_app.web.dashboard.asked import Asked
from assistants_app.web.dashboard.reading import Numbers


@dataclass(frozen=True, slots=True)
class GraphRow(figures.OfTally):
    graph_id: str
    state: str
    """ "available", "failed" to load, or "gone" from the langgraph.json."""
    tally: Tally
    query: str
    cost: str
    drift: bool = False
    fault: str = ""
    """Why the schema of its settings cannot be made."""


def graph_rows(asked: Asked, numbers: Numbers, prices: Sequence[Price], drifted: Collection[str]) -> list[GraphRow]:
    """Those of the langgraph.json, and those that had runs; the busiest first."""
    entries = {entry.graph_id: entry for entry in catalog().entries()}
    narrowed = bool(asked.graph or asked.assistant)
    ids = set(numbers.by_graph) | (set() if narrowed else set(entries))
    rows = []
    for graph_id in ids:
        tally = numbers.by_graph.get(graph_id, Tally())
        entry = entries.get(graph_id)
        state = "gone" if entry is None else "available" if entry.available else "failed"
        cost = figures.money(costs_of(tally.models, prices).main)
        fault = entry.settings_fault if entry and entry.available else ""
        rows.append(GraphRow(graph_id, state, tally, asked.address(graph=graph_id), cost, graph_id in drifted, fault))
    return sorted(rows, key=lambda row: (-row.tally.runs, row.graph_id))
