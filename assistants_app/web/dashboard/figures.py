"""Numbers as people read them, and how far they are from those of the period before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from assistants_app.domain.costs import Cost, Costs, Price, costs_of
from assistants_app.domain.tally import Tally


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the large numbers on top. `judged` says whether more is "good", "bad" or neither ("")."""

    label: str
    value: str
    change: str = ""
    direction: str = ""
    judged: str = ""
    note: str = ""
    query: str = ""
    """Of the list of the runs behind it."""


class OfTally:
    """What a line of a table says of its runs, in words."""

    __slots__ = ()

    tally: Tally

    @property
    def errors(self) -> str:
        return share(self.tally.error_share)

    @property
    def median(self) -> str:
        return seconds(self.tally.seconds.quantile(0.5))

    @property
    def slowest(self) -> str:
        return seconds(self.tally.seconds.quantile(0.95))

    @property
    def tokens(self) -> str:
        return short(self.tally.tokens)


def count(number: int) -> str:
    return number_format(number, force_grouping=True)


def rounded(number: float, places: int, *, grouped: bool = False) -> str:
    """In the reader's digits. Django's own would cut off what is behind them."""
    return number_format(round(number, places), places, force_grouping=grouped)


def short(number: float) -> str:
    """Three digits that count: 1.23 M."""
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if number >= size:
            value = number / (1e3 if letter == "k" else size)
            return f"{rounded(value, 0 if value >= 100 else 1 if value >= 10 else 2)} {letter}"
    return rounded(number, 0, grouped=True)


def seconds(value: float | None) -> str:
    if value is None:
        return "–"
    if value < 1:
        return _("%(count)s ms") % {"count": rounded(value * 1000, 0)}
    if value < 100:
        return _("%(count)s s") % {"count": rounded(value, 1)}
    if value < 6000:
        return _("%(count)s min") % {"count": rounded(value / 60, 1)}
    return _("%(count)s h") % {"count": rounded(value / 3600, 1)}


def share(part: float | None) -> str:
    if part is None:
        return "–"
    places = 2 if 0 < part < 0.001 else 1 if part < 0.1 and part else 0
    return f"{rounded(100 * part, places)} %"


def money(cost: Cost | None) -> str:
    """With two digits that count, however little it is."""
    if cost is None:
        return "–"
    places = max(2, 1 - cost.amount.adjusted()) if cost.amount else 0
    return f"{number_format(round(cost.amount, min(places, 6)), min(places, 6), force_grouping=True)} {cost.currency}"


def figures(now: Tally, before: Tally, prices: Sequence[Price], query: str) -> list[Figure]:
    said = f"{query}&"
    costs, costs_before = costs_of(now.models, prices), costs_of(before.models, prices)
    return [
        Figure(_("Runs"), count(now.runs), *_change(now.runs, before.runs), query=query),
        Figure(
            _("Errors"),
            share(now.error_share),
            *_points(now.error_share, before.error_share),
            note=_("%(count)s of them") % {"count": count(now.errors)},
            query=f"{said}status=failed",
        ),
        _time(_("Median time"), now.seconds.quantile(0.5), before.seconds.quantile(0.5), f"{said}status=success"),
        _time(
            _("Slowest 5 %"),
            now.seconds.quantile(0.95),
            before.seconds.quantile(0.95),
            f"{said}status=success&longer={now.seconds.quantile(0.95) or 0:.3g}",
            _("or longer (p95)"),
        ),
        _time(
            _("First token"),
            now.first_token.quantile(0.5),
            before.first_token.quantile(0.5),
            f"{said}status=success",
            _("median"),
        ),
        Figure(
            _("Tokens"),
            short(now.tokens),
            *_change(now.tokens, before.tokens),
            note=_("%(given)s in, %(made)s out") % {"given": short(now.input_tokens), "made": short(now.output_tokens)},
            query=query,
        ),
        Figure(
            _("Cost"),
            _at_least(costs),
            *_change(_amount(costs), _amount(costs_before)),
            note=cost_note(costs, now),
            query=query,
        ),
    ]


def cost_note(costs: Costs, tally: Tally) -> str:
    """What is missing in it."""
    if costs.unpriced and not costs.main:
        return _("No price is known of the models that were used.")
    if costs.unpriced:
        return _("no price is known for %(names)s") % {
            "names": ", ".join(costs.unpriced[:2]) + ("…" if costs.unpriced[2:] else "")
        }
    if costs.unpriced_tokens or tally.uncounted:
        return _("and some that no price tells of")
    others = [money(Cost(amount, name)) for name, amount in costs.amounts.items() if name != _currency(costs)]
    return _("and %(amounts)s") % {"amounts": ", ".join(others)} if others else _("at today’s prices")


def _at_least(costs: Costs) -> str:
    shown = money(costs.main)
    return f"≥ {shown}" if costs.main and (costs.unpriced or costs.unpriced_tokens) else shown


def _currency(costs: Costs) -> str:
    return costs.main.currency if costs.main else ""


def _amount(costs: Costs) -> Decimal:
    return costs.main.amount if costs.main else Decimal(0)


def _time(label: str, now: float | None, before: float | None, query: str, note: str = "") -> Figure:
    change, direction, _judged = _change(now or 0, before or 0) if now and before else ("", "", "")
    judged = {"up": "bad", "down": "good"}.get(direction, "")
    return Figure(label, seconds(now), change, direction, judged, note=note, query=query)


def _change(now: float | Decimal, before: float | Decimal) -> tuple[str, str, str]:
    """In words, its direction, and its judgement: none."""
    if not before:
        return "", "", ""
    part = float(now) / float(before) - 1
    if abs(part) < 0.005:
        return _("as before"), "same", ""
    text = _("%(share)s more") if part > 0 else _("%(share)s less")
    return text % {"share": share(min(abs(part), 99.99))}, "up" if part > 0 else "down", ""


def _points(now: float | None, before: float | None) -> tuple[str, str, str]:
    """Of shares: what they were."""
    if now is None or before is None:
        return "", "", ""
    if abs(now - before) < 0.0005:
        return _("as before"), "same", ""
    text = _("%(share)s before") % {"share": share(before)}
    return text, "up" if now > before else "down", "bad" if now > before else "good"


def days(length: timedelta) -> str:
    hours = round(length.total_seconds() / 3600)
    if hours % 24 or hours <= 24:
        return _("%(count)s hours") % {"count": hours}
    return _("%(count)s days") % {"count": hours // 24}
