"""Where the nodes and edges of a graph stand when it is drawn: in layers from top to bottom.

Edges that lead back are turned around while the layers are found, long ones get a bend in each layer they pass, layers
are ordered so that few edges cross, and each node then moves towards its neighbours.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from assistants_app.domain.graph_shape import START, Edge, GraphShape, Node

MOST_NODES: Final = 60
LABEL_LENGTH: Final = 26
EDGE_LABEL_LENGTH: Final = 20
CHARACTER, PADDING, HEIGHT = 7.3, 26, 32
LAYER_GAP, NODE_GAP, MARGIN = 46, 22, 14
SWEEPS: Final = 8

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PlacedNode:
    """Whole pixels; `x` and `y` are the upper left corner."""

    node: Node
    label: str
    x: int
    y: int
    width: int
    height: int = HEIGHT

    @property
    def middle(self) -> int:
        return self.x + self.width // 2

    @property
    def baseline(self) -> int:
        return self.y + self.height // 2 + 4


@dataclass(frozen=True, slots=True)
class PlacedEdge:
    edge: Edge
    path: str
    label: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """`left_out` counts the nodes that a drawing of this size has no place for."""

    width: int
    height: int
    nodes: tuple[PlacedNode, ...]
    edges: tuple[PlacedEdge, ...]
    left_out: int = 0


@lru_cache(maxsize=128)
def lay_out(shape: GraphShape) -> Drawing:
    """The same shape is laid out once."""
    kept = shape.nodes[:MOST_NODES]
    ids = {node.id for node in kept}
    edges = [edge for edge in shape.edges if edge.source in ids and edge.target in ids]
    return _Layout(kept, edges).drawing(left_out=len(shape.nodes) - len(kept))


def cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


class _Layout:
    """Names of bends are tuples, those of nodes their ids."""

    def __init__(self, nodes: Sequence[Node], edges: Sequence[Edge]) -> None:
        self.nodes = {node.id: node for node in nodes}
        self.edges = edges
        self.widths: dict[object, float] = defaultdict(lambda: 12.0)
        for node in nodes:
            self.widths[node.id] = max(56.0, round(CHARACTER * len(cut(node.label, LABEL_LENGTH))) + PADDING)
        self.turned = _leading_back([*self.nodes], edges)
        self.layer = self._layers()
        self.chains = {number: self._chain(number, edge) for number, edge in enumerate(edges) if not _is_loop(edge)}
        self.rows = self._rows()
        self.above, self.below = self._neighbours()
        self._order()
        self.x = self._across()

    def drawing(self, left_out: int) -> Drawing:
        leftmost = min((self.x[one] - self.widths[one] / 2 for one in self.x), default=0)
        self.x = {one: x - leftmost + MARGIN for one, x in self.x.items()}
        placed = tuple(self._placed(node) for node in self.nodes.values())
        edges = tuple(self._drawn(number, edge) for number, edge in enumerate(self.edges))
        right = [self.x[one] + self.widths[one] / 2 for one in self.x]
        right += [edge.x + 3.6 * len(edge.label) for edge in edges if edge.label]
        right += [
            one.x + one.width + 26 for one in placed if any(_is_loop(e) and e.source == one.node.id for e in self.edges)
        ]
        bottom = max((one.y + HEIGHT for one in placed), default=0)
        return Drawing(round(max(right, default=0)) + MARGIN, bottom + MARGIN, placed, edges, left_out)

    # -- layers -------------------------------------------------------------------------------------------------------

    def _forward(self, number: int, edge: Edge) -> tuple[str, str]:
        return (edge.target, edge.source) if number in self.turned else (edge.source, edge.target)

    def _layers(self) -> dict[str, int]:
        """Each node below all that lead to it."""
        following: dict[str, list[str]] = defaultdict(list)
        waits = dict.fromkeys(self.nodes, 0)
        for number, edge in enumerate(self.edges):
            if not _is_loop(edge):
                upper, lower = self._forward(number, edge)
                following[upper].append(lower)
                waits[lower] += 1
        found = dict.fromkeys(self.nodes, 0)
        ready = [one for one, count in waits.items() if not count]
        for one in ready:  # grows while it is walked
            for lower in following[one]:
                found[lower] = max(found[lower], found[one] + 1)
                waits[lower] -= 1
                if not waits[lower]:
                    ready.append(lower)
        return found

    def _chain(self, number: int, edge: Edge) -> list[object]:
        """The nodes and bends of an edge, from top to bottom."""
        upper, lower = self._forward(number, edge)
        bends = [(number, layer) for layer in range(self.layer[upper] + 1, self.layer[lower])]
        return [upper, *bends, lower]

    def _rows(self) -> list[list[object]]:
        rows: list[list[object]] = [[] for _ in range(max(self.layer.values(), default=-1) + 1)]
        for one, layer in self.layer.items():
            rows[layer].append(one)
        for chain in self.chains.values():
            top = self.layer[str(chain[0])]
            for place, bend in enumerate(chain[1:-1], start=1):
                rows[top + place].append(bend)
        return rows

    def _neighbours(self) -> tuple[dict[object, list[object]], dict[object, list[object]]]:
        above: dict[object, list[object]] = defaultdict(list)
        below: dict[object, list[object]] = defaultdict(list)
        for chain in self.chains.values():
            for upper, lower in pairwise(chain):
                below[upper].append(lower)
                above[lower].append(upper)
        return above, below

    # -- order and places ---------------------------------------------------------------------------------------------

    def _order(self) -> None:
        """Sorts each row by where its neighbours stand, down and up again."""
        for sweep in range(SWEEPS):
            rows, near = (self.rows[1:], self.above) if sweep % 2 == 0 else (self.rows[-2::-1], self.below)
            places = {one: place for row in self.rows for place, one in enumerate(row)}
            for row in rows:
                wanted = {one: _mean([places[other] for other in near[one]], places[one]) for one in row}
                row.sort(key=lambda one: wanted[one])
                places.update({one: place for place, one in enumerate(row)})

    def _across(self) -> dict[object, float]:
        x: dict[object, float] = {}
        for row in self.rows:
            self._spread(row, dict.fromkeys(row, 0.0), x)
        for sweep in range(SWEEPS):
            for row in self.rows if sweep % 2 == 0 else self.rows[::-1]:
                near = {one: self.above[one] + self.below[one] for one in row}
                self._spread(row, {one: _mean([x[other] for other in near[one]], x[one]) for one in row}, x)
        return x

    def _spread(self, row: Sequence[object], wanted: dict[object, float], x: dict[object, float]) -> None:
        """Puts a row as near to where each wants to stand as its order and the gaps allow."""
        free, taken = float("-inf"), []
        for one in row:
            half = self.widths[one] / 2
            x[one] = max(wanted[one], free + half)
            free = x[one] + half + NODE_GAP
            taken.append(x[one] - wanted[one])
        shift = sum(taken) / len(taken) if taken else 0
        for one in row:
            x[one] -= shift

    # -- lines --------------------------------------------------------------------------------------------------------

    def _placed(self, node: Node) -> PlacedNode:
        width = self.widths[node.id]
        left, top = round(self.x[node.id] - width / 2), self._top(self.layer[node.id])
        return PlacedNode(node, cut(node.label, LABEL_LENGTH), left, top, round(width))

    def _top(self, layer: int) -> int:
        return MARGIN + layer * (HEIGHT + LAYER_GAP)

    def _drawn(self, number: int, edge: Edge) -> PlacedEdge:
        points = self._loop(edge) if _is_loop(edge) else self._points(number)
        if number in self.turned:
            points = points[::-1]
        (x0, y0), (x1, y1) = points[0], points[1]
        label = cut(edge.label, EDGE_LABEL_LENGTH)
        return PlacedEdge(
            edge, _path(points, loop=_is_loop(edge)), label, round((x0 + x1) / 2), round((y0 + y1) / 2) + 4
        )

    def _points(self, number: int) -> list[Point]:
        chain = self.chains[number]
        top = self.layer[str(chain[0])]
        first = (self._port(number, chain, upper=True), float(self._top(top) + HEIGHT))
        last = (self._port(number, chain, upper=False), float(self._top(top + len(chain) - 1)))
        bends = [(self.x[bend], self._top(top + place) + HEIGHT / 2) for place, bend in enumerate(chain[1:-1], start=1)]
        return [first, *bends, last]

    def _port(self, number: int, chain: Sequence[object], *, upper: bool) -> float:
        """Where an edge meets its node: side by side with the others there, in the order of where they come from."""
        end = 0 if upper else -1
        node, inner = chain[end], 1 if upper else -2
        there = [(self.x[one[inner]], key) for key, one in self.chains.items() if one[end] == node]
        place = sorted(there).index((self.x[chain[inner]], number))
        step = min(18.0, (self.widths[node] - 20) / max(len(there), 1))
        return self.x[node] + (place - (len(there) - 1) / 2) * step

    def _loop(self, edge: Edge) -> list[Point]:
        right = self.x[edge.source] + self.widths[edge.source] / 2
        top = self._top(self.layer[edge.source])
        return [(right, top + HEIGHT * 0.3), (right, top + HEIGHT * 0.7)]


def _is_loop(edge: Edge) -> bool:
    return edge.source == edge.target


def _mean(values: Iterable[float], otherwise: float) -> float:
    found = list(values)
    return sum(found) / len(found) if found else otherwise


def _leading_back(ids: Sequence[str], edges: Sequence[Edge]) -> set[int]:
    """The edges without which there is no circle, found by walking from the start."""
    leaving: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for number, edge in enumerate(edges):
        leaving[edge.source].append((number, edge.target))
    back: set[int] = set()
    done: set[str] = set()
    for root in sorted(ids, key=lambda one: one != START):
        path, stack = set[str](), [(root, iter(leaving[root]))] if root not in done else []
        path.add(root)
        while stack:
            here, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                stack.pop()
                path.discard(here)
                done.add(here)
            elif step[1] in path:
                back.add(step[0])
            elif step[1] not in done:
                path.add(step[1])
                stack.append((step[1], iter(leaving[step[1]])))
    return back


def _path(points: Sequence[Point], *, loop: bool) -> str:
    (x, y), *rest = points
    if loop:
        (x1, y1) = rest[0]
        return f"M{x:.0f} {y:.0f}C{x + 26:.0f} {y - 8:.0f} {x1 + 26:.0f} {y1 + 8:.0f} {x1 + 3:.0f} {y1:.0f}"
    said = f"M{x:.0f} {y:.0f}"
    for nx, ny in rest:
        bow = (ny - y) / 2
        said += f"C{x:.0f} {y + bow:.0f} {nx:.0f} {ny - bow:.0f} {nx:.0f} {ny:.0f}"
        x, y = nx, ny
    return said
