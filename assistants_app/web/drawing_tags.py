"""Template tags for a graph that is drawn, and for the list that says the same."""

from dataclasses import dataclass

from django import template

from assistants_app.domain.graph_layout import Drawing, lay_out
from assistants_app.domain.graph_shape import GraphShape
from assistants_app.graphs.entries import GraphEntry

register = template.Library()

LISTED = 300
"""Nodes that the list names."""


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the list: a node and where its edges lead, each with its condition or ""."""

    label: str
    leads_to: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    drawing: Drawing
    steps: tuple[Step, ...]
    nodes: int
    """Without start and end."""
    edges: int
    unlisted: int


@register.simple_tag
def drawn(graph: GraphEntry | None) -> Drawn | None:
    """None for a graph that could not tell its nodes."""
    shape = graph.shape if graph else None
    if shape is None or not shape.nodes:
        return None
    return Drawn(
        drawing=lay_out(shape),
        steps=_steps(shape),
        nodes=sum(node.kind != "end" for node in shape.nodes),
        edges=len(shape.edges),
        unlisted=max(0, len(shape.nodes) - LISTED),
    )


def _steps(shape: GraphShape) -> tuple[Step, ...]:
    labels = {node.id: node.label for node in shape.nodes}
    return tuple(
        Step(node.label, tuple((labels[edge.target], edge.label) for edge in shape.edges_from(node.id)))
        for node in shape.nodes[:LISTED]
    )
