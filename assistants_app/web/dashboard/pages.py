"""The dashboard: everything on it follows from its address, and every number leads to the runs behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assistants_app.domain.costs import Price, costs_of
from assistants_app.domain.tally import Tally, total
from assistants_app.graphs.catalog import catalog
from assistants_app.models import ModelPrice
from assistants_app.web.access import SignedInRequest, operators_only
from assistants_app.web.dashboard import figures
from assistants_app.web.dashboard.asked import UNSAVED, Asked, names_of
from assistants_app.web.dashboard.charts import charts
from assistants_app.web.dashboard.graphs import graph_rows
from assistants_app.web.dashboard.periods import NAMED
from assistants_app.web.dashboard.ranking import RANKED
from assistants_app.web.dashboard.reading import Numbers, read_numbers
from assistants_app.web.dashboard.waits import what_waits
from assistants_app.web.drift import graph_drifts
from assistants_app.web.fragments import wants_part


@dataclass(frozen=True, slots=True)
class Row(figures.OfTally):
    """One line of a table of numbers. `bar` is its length beside the longest, in twentieths."""

    label: str
    tally: Tally
    query: str
    narrowed: str
    """The query of the dashboard of this one alone."""
    bar: int
    cost: str
    url: str = ""
    muted: bool = False


@operators_only
@require_safe
@never_cache
def show(request: SignedInRequest) -> HttpResponse:
    asked = Asked.of(request.GET)
    numbers = read_numbers(asked)
    prices = ModelPrice.objects.prices()
    whole = total(numbers.columns)
    query = asked.address()
    drift = graph_drifts()
    context = {
        "asked": asked,
        "periods": [(name, label) for name, (label, _length) in NAMED.items()],
        "figures": figures.figures(whole, numbers.before, prices, query),
        "charts": charts(asked, numbers.columns, prices),
        "query": query,
        "length": figures.days(asked.period.length),
        "numbers": numbers,
        "whole": whole,
        "has_prices": bool(prices),
        **_tables(asked, numbers, prices),
        **what_waits(),
        "graph_rows": graph_rows(asked, numbers, prices, {one.graph_id for one in drift}),
        "drift": drift,
        "graph_ids": sorted({entry.graph_id for entry in catalog().entries()} | set(numbers.by_graph)),
        "without_graph": asked.address(graph=None),
        "without_assistant": asked.query_without_assistant,
        "without_version": asked.address(version=None),
    }
    part = wants_part(request)
    status = 422 if asked.problems else 200
    page = "dashboard/_numbers.html" if part else "dashboard/dashboard.html"
    response = render(request, page, context, status=status)
    if part:
        response["HX-Replace-Url"] = f"{reverse('dashboard')}?{query}"
    patch_vary_headers(response, ["HX-Request"])
    return response


def _tables(asked: Asked, numbers: Numbers, prices: Sequence[Price]) -> dict[str, Any]:
    if asked.assistant:
        return {"versions": _version_rows(asked, numbers.by_version, prices)}
    names = names_of({*numbers.busiest, *numbers.failing} - {0})

    def rows(tallies: Mapping[int, Tally], extra: str, *, by_errors: bool = False) -> list[Row]:
        found = []
        for pk, tally in tallies.items():
            one = names.get(pk)
            said = asked.address(assistant=one.assistant_id) if one and not one.deleted else ""
            label = one.name if one else _("A deleted assistant")
            if one and one.deleted:
                label = _("%(name)s (deleted)") % {"name": one.name}
            url = reverse("assistant", args=[one.assistant_id]) if one and not one.deleted else ""
            found.append(_row(label, tally, f"{said}{extra}" if said else "", said, prices, url=url))
        return _with_bars(found, by_errors=by_errors)

    authors = numbers.authors[:RANKED]
    return {
        "busiest": rows(numbers.busiest, ""),
        "failing": rows(numbers.failing, "&status=failed", by_errors=True),
        "authors": [(name, runs, bad, asked.address(author=name)) for name, runs, bad in authors],
        "more_authors": len(numbers.authors) > RANKED,
    }


def _version_rows(asked: Asked, tallies: Mapping[int, Tally], prices: Sequence[Price]) -> list[Row]:
    """The newest first; unsaved settings last."""
    found = []
    for number in sorted(tallies, key=lambda one: -one):
        said = asked.address(version=str(number or UNSAVED))
        label = f"v{number}" if number else _("Unsaved settings")
        found.append(_row(label, tallies[number], said, said, prices))
    return _with_bars(found)


def _row(label: str, tally: Tally, query: str, narrowed: str, prices: Sequence[Price], *, url: str = "") -> Row:
    cost = figures.money(costs_of(tally.models, prices).main)
    return Row(label, tally, query, narrowed, 0, cost, url=url)


def _with_bars(rows: list[Row], *, by_errors: bool = False) -> list[Row]:
    longest = max((row.tally.errors if by_errors else row.tally.runs for row in rows), default=0) or 1
    return [
        replace(row, bar=max(1, round(100 * (row.tally.errors if by_errors else row.tally.runs) / longest)))
        for row in rows
    ]
