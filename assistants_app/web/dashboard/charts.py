"""Charts as shapes for inline SVG, each with the table of its data. The words and axes around them are HTML.

A chart is drawn in columns 10 wide and 100 high, stretched to its place: lines keep their width by
`vector-effect`, and labels, which would be stretched too, are none of the SVG's.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import floor, log10
from typing import Final

from django.utils.formats import date_format, get_format
from django.utils.translation import gettext as _

from assistants_app.domain.costs import Price, costs_of
from assistants_app.domain.tally import Tally, total
from assistants_app.models.tallies import DAY
from assistants_app.web.dashboard.asked import Asked
from assistants_app.web.dashboard.figures import count, rounded, seconds, short
from assistants_app.web.dashboard.periods import as_typed

WIDTH, HEIGHT, GAP = 10, 100, 1.6
LEAST_SHOWN: Final = 0.8
"""Height of a bar that would be too low to see."""

Value = float | None


@dataclass(frozen=True, slots=True)
class Slot:
    """One hour, day or week, in every chart of the page: where it stands, and where the runs behind it are."""

    x: int
    label: str
    query: str


@dataclass(frozen=True, slots=True)
class Column:
    """What one chart says of a slot, and its row of the table."""

    slot: Slot
    cells: tuple[str, ...]
    said: str
    empty: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """One path for all of a series: the bars of a year are some hundred."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Line(Shape):
    alone: str = ""
    """The values with none beside them: as dots, for a line that short would not be seen."""


@dataclass(frozen=True, slots=True)
class Series:
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    name: str
    title: str
    series: tuple[Series, ...]
    columns: tuple[Column, ...]
    bars: tuple[Shape, ...]
    lines: tuple[Line, ...]
    top: str
    middle: str
    ticks: tuple[str, ...]
    empty: str = ""
    """What is said in its place when there is nothing to draw."""

    @property
    def width(self) -> int:
        return WIDTH * len(self.columns)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A chart's data: by series, a value for each column."""

    name: str
    title: str
    series: tuple[Series, ...]
    values: tuple[tuple[Value, ...], ...]
    shown: Callable[[float], str]
    empty: str
    as_lines: bool = False


def charts(asked: Asked, columns: Sequence[Tally], prices: Sequence[Price]) -> list[Chart]:
    whole = total(columns)
    currency = (costs_of(whole.models, prices).main or _NOTHING).currency
    drawn = [
        _Drawn(
            "runs",
            _("Runs"),
            (Series("good", _("Succeeded")), Series("quiet", _("Cancelled")), Series("bad", _("Failed"))),
            (
                tuple(one.runs - one.errors - one.cancelled for one in columns),
                tuple(one.cancelled for one in columns),
                tuple(one.errors for one in columns),
            ),
            lambda value: count(round(value)),
            _("No run ended in this period."),
        ),
        _Drawn(
            "times",
            _("Time of a run"),
            (Series("third", _("Slowest 5 %")), Series("first", _("Median")), Series("second", _("First token"))),
            (
                tuple(one.seconds.quantile(0.95) for one in columns),
                tuple(one.seconds.quantile(0.5) for one in columns),
                tuple(one.first_token.quantile(0.5) for one in columns),
            ),
            seconds,
            _("No run succeeded in this period."),
            as_lines=True,
        ),
        _Drawn(
            "tokens",
            _("Tokens"),
            (Series("first", _("Into models")), Series("second", _("Out of models"))),
            (tuple(one.input_tokens for one in columns), tuple(one.output_tokens for one in columns)),
            short,
            _("No model said in this period what it used."),
        ),
        _Drawn(
            "cost",
            _("Cost in %(currency)s") % {"currency": currency} if currency else _("Cost"),
            (Series("first", _("At today’s prices")),),
            (tuple(float(costs_of(one.models, prices).amounts.get(currency, 0)) for one in columns),),
            lambda value: _amount(value),
            _("No price is known of the models that were used."),
        ),
    ]
    slots = _slots(asked)
    return [_chart(slots, one) for one in drawn]


def _slots(asked: Asked) -> list[Slot]:
    period, found = asked.period, []
    for number, start in enumerate(period.starts):
        until = min(start + period.step, period.until)
        query = asked.address(**{"period": None, "from": as_typed(start), "to": as_typed(until)})
        found.append(Slot(WIDTH * number, _label(start, period.step), query))
    return found


@dataclass(frozen=True, slots=True)
class _NoCost:
    currency: str = ""
    amount: Decimal = Decimal(0)


_NOTHING = _NoCost()


def _amount(value: float) -> str:
    if value >= 100:
        return short(value)
    places = 2 if value >= 0.1 or not value else min(6, 1 - floor(log10(value)))
    return rounded(value, places)


def _of_axis(shown: str) -> str:
    """30 s rather than 30.0 s: what stands at an axis is round."""
    point = get_format("DECIMAL_SEPARATOR")
    return re.sub(rf"{re.escape(point)}(\d*?)0+(?!\d)", lambda found: point + found[1] if found[1] else "", shown)


def _chart(slots: Sequence[Slot], drawn: _Drawn) -> Chart:
    stacks = list(zip(*drawn.values, strict=True))
    highest = max(
        (max((v or 0) for v in one) if drawn.as_lines else sum(v or 0 for v in one) for one in stacks), default=0
    )
    top = nice(highest, whole=drawn.name == "runs")
    columns = []
    for slot, values in zip(slots, stacks, strict=True):
        shown = tuple("–" if value is None else drawn.shown(value) for value in values)
        said = ", ".join(f"{text} {one.label}" for one, text in zip(drawn.series, shown, strict=True))
        columns.append(Column(slot, shown, said, not any(values)))
    bars = () if drawn.as_lines else _bars(stacks, drawn.series, top)
    lines = _lines(drawn, top) if drawn.as_lines and highest else ()
    empty = "" if highest else drawn.empty
    ticks = _ticks([slot.label for slot in slots])
    middle, high = _of_axis(drawn.shown(top / 2)), _of_axis(drawn.shown(top))
    return Chart(drawn.name, drawn.title, drawn.series, tuple(columns), bars, lines, high, middle, ticks, empty)


def _bars(stacks: Sequence[Sequence[Value]], series: Sequence[Series], top: float) -> tuple[Shape, ...]:
    """One on the other, from below."""
    paths: list[list[str]] = [[] for _one in series]
    width = f"{WIDTH - GAP:g}"
    for number, values in enumerate(stacks):
        x, y = f"{WIDTH * number + GAP / 2:g}", float(HEIGHT)
        for value, path in zip(values, paths, strict=True):
            if value:
                height = max(LEAST_SHOWN, HEIGHT * value / top)
                y -= height
                path.append(f"M{x} {round(y, 2):g}h{width}v{round(height, 2):g}h-{width}z")
    return tuple(Shape(one.kind, "".join(path)) for one, path in zip(series, paths, strict=True) if path)


def _lines(drawn: _Drawn, top: float) -> tuple[Line, ...]:
    """From middle to middle, with gaps where there is no value."""
    lines = []
    for one, values in zip(drawn.series, drawn.values, strict=True):
        path: list[str] = []
        dots: list[str] = []
        pen_down = False
        for number, value in enumerate(values):
            if value is None:
                pen_down = False
                continue
            x, y = WIDTH * (number + 0.5), round(HEIGHT * (1 - value / top), 2)
            alone = not pen_down and (number + 1 == len(values) or values[number + 1] is None)
            if alone:
                dots.append(f"M{x:g} {y:g}h.01")
            else:
                path.append(f"{'L' if pen_down else 'M'}{x:g} {y:g}")
            pen_down = True
        lines.append(Line(one.kind, "".join(path), "".join(dots)))
    return tuple(lines)


def nice(highest: float, *, whole: bool = False) -> float:
    """A round number at least as high, for the top of an axis; `whole`: half of it is a whole number."""
    if highest <= 0:
        return 2
    size = 10 ** floor(log10(highest))
    steps: tuple[float, ...] = (2, 4, 6, 8, 10) if whole and size == 1 else (1, 1.5, 2, 3, 4, 5, 6, 8, 10)
    if whole and size == 10:
        steps = (1, 2, 3, 4, 5, 6, 8, 10)
    return float(next(step * size for step in steps if step * size >= highest * 0.9999))


def _ticks(labels: Sequence[str]) -> tuple[str, ...]:
    if len(labels) <= 3:
        return tuple(labels)
    return (labels[0], labels[len(labels) // 2], labels[-1])


def _label(start: datetime, step: timedelta) -> str:
    if step < DAY:
        return f"{date_format(start, 'MONTH_DAY_FORMAT')}, {date_format(start, 'TIME_FORMAT')}"
    if step == DAY:
        return date_format(start, "MONTH_DAY_FORMAT")
    return _("week of %(day)s") % {"day": date_format(start, "DATE_FORMAT")}
