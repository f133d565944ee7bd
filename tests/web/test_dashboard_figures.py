"""The dashboard's numbers as a reader gets them: rounded, in the reader's digits, with their units."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils.translation import override

from assistants_app.domain.costs import Costs
from assistants_app.domain.tally import Tally
from assistants_app.models import ModelPrice, Run
from assistants_app.web.dashboard.figures import cost_note, seconds, share, short
from tests.web.test_dashboard import ended

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (share(1 / 6), "17 %"),
        (share(0.0999), "10.0 %"),
        (share(0.00066), "0.07 %"),
        (share(0), "0 %"),
        (seconds(1.96), "2.0 s"),
        (seconds(0.0876), "88 ms"),
        (seconds(119), "2.0 min"),
        (short(19_960), "20.0 k"),
        (short(1_239_000), "1.24 M"),
        (short(999.6), "1,000"),
    ],
)
def test_they_are_rounded(shown: str, said: str) -> None:
    assert shown == said


@pytest.mark.parametrize(
    ("language", "times", "tokens", "cost"),
    [
        ("en", ("3 s", "1.5 s"), ("1.5 M", "750 k"), ("0.05", "0.025")),
        ("de", ("3 s", "1,5 s"), ("1,5 M", "750 k"), ("0,05", "0,025")),
    ],
)
def test_what_stands_at_an_axis_is_round(
    operator_client: Client, language: str, times: tuple[str, str], tokens: tuple[str, str], cost: tuple[str, str]
) -> None:
    ModelPrice.objects.create(model="small", input_price="0.01", output_price="0.08")
    ended(took=2.4)
    told = operator_client.get("/dashboard/", headers={"accept-language": language}).context["charts"]

    assert {one.name: (one.top, one.middle) for one in told} == {
        "runs": ("2", "1"),
        "times": times,
        "tokens": tokens,
        "cost": cost,
    }


@pytest.mark.parametrize(
    ("costs", "said"),
    [
        (Costs({"EUR": Decimal(1)}), "at today’s prices"),
        (Costs({"EUR": Decimal(1)}, unpriced=("demo",)), "no price is known for demo"),
        (Costs({}, unpriced=("demo",)), "No price is known of the models that were used."),
    ],
)
def test_what_a_cost_does_not_hold_is_said(costs: Costs, said: str) -> None:
    with override("en"):
        assert cost_note(costs, Tally()) == said


def test_a_day_alone_is_a_dot(operator_client: Client) -> None:
    ended()
    times = next(one for one in operator_client.get("/dashboard/").context["charts"] if one.name == "times")

    assert [bool(line.alone) for line in times.lines] == [True, True, True]
    assert not any(line.path for line in times.lines)


def test_a_series_is_one_shape_however_long_the_period(operator_client: Client) -> None:
    for days in range(5):
        ended(ago=timedelta(days=days))
        ended(Run.Status.ERROR, ago=timedelta(days=days))
    runs = next(one for one in operator_client.get("/dashboard/?period=30d").context["charts"] if one.name == "runs")

    assert {one.kind: one.path.count("M") for one in runs.bars} == {"good": 5, "bad": 5}
