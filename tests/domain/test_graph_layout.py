"""Graphs as they are drawn: in layers, nothing on top of anything, whatever leads where."""

import re
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistants_app.domain.graph_layout import LABEL_LENGTH, MOST_NODES, Drawing, lay_out
from assistants_app.domain.graph_shape import END, START, Edge, GraphShape, Node, read_shape


def shape(*edges: str) -> GraphShape:
    """ "a>b" is an edge, "a?b" a conditional one, "a?b:why" one with a label."""
    found = []
    for edge in edges:
        source, kind, rest = re.split(r"([>?])", edge)
        target, _colon, label = rest.partition("=")
        found.append(Edge(source, target, label, kind == "?"))
    names = dict.fromkeys(name for edge in found for name in (edge.source, edge.target))
    return GraphShape(tuple(map(Node, names)), tuple(found))


def top_of(drawing: Drawing) -> dict[str, int]:
    return {one.node.id: one.y for one in drawing.nodes}


def overlaps(drawing: Drawing) -> list[tuple[str, str]]:
    return [
        (a.node.id, b.node.id)
        for a, b in combinations(drawing.nodes, 2)
        if a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height
    ]


def ends(path: str) -> tuple[tuple[int, int], tuple[int, int]]:
    numbers = [int(number) for number in re.findall(r"-?\d+", path)]
    return (numbers[0], numbers[1]), (numbers[-2], numbers[-1])


def test_it_works() -> None:
    drawing = lay_out(shape(f"{START}>plan", "plan?search=look it up", "plan?write", "search>write", f"write>{END}"))
    tops = top_of(drawing)
    assert tops[START] < tops["plan"] < tops["search"] < tops["write"] < tops[END]
    assert not overlaps(drawing)
    assert [(one.edge.conditional, one.label) for one in drawing.edges][1:3] == [(True, "look it up"), (True, "")]


def test_edges_meet_their_nodes() -> None:
    drawing = lay_out(shape("a>b", "a>c", "b>d", "c>d", "a>d"))
    nodes = {one.node.id: one for one in drawing.nodes}
    for one in drawing.edges:
        (x0, y0), (x1, y1) = ends(one.path)
        source, target = nodes[one.edge.source], nodes[one.edge.target]
        assert source.x <= x0 <= source.x + source.width
        assert target.x <= x1 <= target.x + target.width
        assert (y0, y1) == (source.y + source.height, target.y)


def test_a_circle_points_back_up() -> None:
    drawing = lay_out(shape(f"{START}>model", "model?tools", "tools>model", f"model?{END}"))
    tops = top_of(drawing)
    assert tops["model"] < tops["tools"]
    back = next(one for one in drawing.edges if one.edge.source == "tools")
    (_x0, y0), (_x1, y1) = ends(back.path)
    assert y0 > y1
    forth = next(one for one in drawing.edges if one.edge.target == "tools")
    assert ends(forth.path)[0][0] != ends(back.path)[1][0], "both ways are seen"


def test_a_node_that_leads_to_itself() -> None:
    drawing = lay_out(shape(f"{START}>again", "again?again=not yet"))
    loop = drawing.edges[1]
    (x0, _y0), (x1, _y1) = ends(loop.path)
    node = drawing.nodes[1]
    assert x0 == node.x + node.width
    assert x1 >= x0
    assert drawing.width > x0


def test_long_names_are_cut() -> None:
    drawing = lay_out(GraphShape((Node("n" * 200),)))
    assert len(drawing.nodes[0].label) == LABEL_LENGTH
    assert drawing.nodes[0].node.id == "n" * 200
    assert drawing.width < 300


def test_no_nodes() -> None:
    assert lay_out(GraphShape()).nodes == ()


def test_too_many_nodes() -> None:
    many = GraphShape(tuple(Node(f"n{number}") for number in range(100)), (Edge("n0", "n99"), Edge("n0", "n1")))
    drawing = lay_out(many)
    assert (len(drawing.nodes), drawing.left_out, len(drawing.edges)) == (MOST_NODES, 40, 1)


def test_a_subgraphs_node_says_so() -> None:
    node = Node("child:say")
    assert (node.label, node.kind) == ("child › say", "inner")
    assert Node(START).label == "start"


NAMES = st.sampled_from([START, END, *"abcdefghij", "child:a", "a rather long name of a node"])


@given(st.lists(st.tuples(NAMES, NAMES), max_size=40))
@settings(max_examples=60)
def test_any_graph_is_laid_out(pairs: list[tuple[str, str]]) -> None:
    edges = tuple(Edge(source, target) for source, target in dict.fromkeys(pairs))
    names = dict.fromkeys(name for pair in pairs for name in pair)
    drawing = lay_out(GraphShape(tuple(map(Node, names)), edges))
    assert not overlaps(drawing)
    assert len(drawing.edges) == len(edges)
    for one in drawing.nodes:
        assert 0 <= one.x <= one.x + one.width <= drawing.width
        assert 0 <= one.y <= one.y + one.height <= drawing.height


@pytest.mark.parametrize(
    ("told", "edges"),
    [
        ({}, 0),
        ({"nodes": [{"id": "a"}], "edges": [{"source": "a", "target": "gone"}]}, 0),
        ({"nodes": [{"id": "a"}, {"id": "b"}], "edges": [{"source": "a", "target": "b", "data": "b"}]}, 1),
        ({"nodes": [{"id": 1}, "no node"], "edges": [{"source": 1, "target": 1}]}, 1),
    ],
)
def test_what_is_told_badly(told: dict[str, Any], edges: int) -> None:
    assert len(read_shape(told).edges) == edges


def test_two_conditions_of_one_edge() -> None:
    both = [{"source": "a", "target": "b", "data": word, "conditional": True} for word in ("yes", "maybe")]
    found = read_shape({"nodes": [{"id": "a"}, {"id": "b"}], "edges": both})
    assert found.edges == (Edge("a", "b", "yes / maybe", True),)
