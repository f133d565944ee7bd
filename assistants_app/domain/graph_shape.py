"""What a graph is made of, as it can be drawn: its nodes, those of its subgraphs too, and the edges between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

START, END = "__start__", "__end__"
INSIDE = ":"
"""Between a subgraph's name and its node's; LangGraph allows it in no name."""


@dataclass(frozen=True, slots=True)
class Node:
    """`id` is unique; a subgraph's node is called "child:node"."""

    id: str

    @property
    def label(self) -> str:
        return {START: "start", END: "end"}.get(self.id, self.id.replace(INSIDE, " › "))

    @property
    def kind(self) -> str:
        if self.id in (START, END):
            return "end"
        return "inner" if INSIDE in self.id else "node"


@dataclass(frozen=True, slots=True)
class Edge:
    """`label` says when a conditional edge is taken, where the graph's author wrote that."""

    source: str
    target: str
    label: str = ""
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class GraphShape:
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()

    def edges_from(self, node_id: str) -> tuple[Edge, ...]:
        return tuple(edge for edge in self.edges if edge.source == node_id)


def read_shape(drawn: Mapping[str, Any]) -> GraphShape:
    """Reads what LangGraph tells (`get_graph().to_json()`). An edge to a node that is not there is left out."""
    ids = dict.fromkeys(
        str(node["id"]) for node in drawn.get("nodes", ()) if isinstance(node, Mapping) and "id" in node
    )
    edges: dict[tuple[str, str], Edge] = {}
    for told in drawn.get("edges", ()):
        source, target = str(told.get("source")), str(told.get("target"))
        if source in ids and target in ids:
            said = told.get("data")
            label = "" if said is None or str(said) == target else str(said)
            known = edges.get((source, target))
            label = " / ".join(filter(None, [known.label if known else "", label]))
            edges[source, target] = Edge(source, target, label, bool(told.get("conditional")))
    return GraphShape(tuple(map(Node, ids)), tuple(edges.values()))
