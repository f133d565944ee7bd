"""The prices of models, as an operator edits them."""

from decimal import Decimal

import pytest
from django.test import Client

from assistants_app.models import ModelPrice
from assistants_app.services.counting import count_all
from tests.web.test_dashboard import ended, figures

pytestmark = pytest.mark.django_db

PAGE, SAVE = "/dashboard/prices/", "/dashboard/prices/save/"


def _table(*rows: dict[str, object], initial: int = 0) -> dict[str, object]:
    posted: dict[str, object] = {
        "prices-TOTAL_FORMS": len(rows),
        "prices-INITIAL_FORMS": initial,
        "prices-MIN_NUM_FORMS": 0,
        "prices-MAX_NUM_FORMS": 500,
    }
    for number, row in enumerate(rows):
        posted |= {f"prices-{number}-{name}": value for name, value in row.items()}
    return posted


def _row(model: str = "small", given: object = "0.25", made: object = "2", **more: object) -> dict[str, object]:
    return {"model": model, "input_price": given, "output_price": made, "currency": "USD", **more}


NEW = {"model": "", "input_price": "", "output_price": "", "cached_input_price": "", "currency": "USD"}


def test_it_works(operator_client: Client) -> None:
    ended()
    count_all()
    assert "small" in operator_client.get(PAGE).text
    assert figures(operator_client)["Cost"] == "–"
    answer = operator_client.post(SAVE, _table(_row(), NEW), follow=True)
    assert "The prices are saved" in answer.text
    price = ModelPrice.objects.get()
    assert (price.model, price.input_price, price.output_price) == ("small", Decimal("0.25"), Decimal(2))
    assert figures(operator_client)["Cost"] == "1.25 USD"
    operator_client.post(SAVE, _table(_row(given="1", id=price.pk), NEW, initial=1))
    assert figures(operator_client)["Cost"] == "2.00 USD"
    operator_client.post(SAVE, _table(_row(id=price.pk, DELETE="on"), NEW, initial=1))
    assert ModelPrice.objects.count() == 0


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (_row(given="cheap"), "A price is a number, such as 0.25."),
        (_row(given="NaN"), "A price is a number, such as 0.25."),
        (_row(given="Infinity"), "A price is a number, such as 0.25."),
        (_row(given="-1"), "A price is 0 or more."),
        (_row(made="1e400"), ""),
        (_row(made="9" * 400), ""),
        (_row(made=""), "This field is required."),
        (_row(model="two words"), "has no spaces"),
        (_row(model="a\0b"), ""),
        (_row(model="m" * 300), ""),
        (_row(currency="Euro"), ""),
        (_row(cached_input_price="-3"), "A price is 0 or more."),
    ],
)
def test_what_makes_no_price_is_said_at_its_field(operator_client: Client, row: dict[str, object], said: str) -> None:
    kept = ModelPrice.objects.create(model="kept", input_price=1, output_price=1)
    answer = operator_client.post(SAVE, _table(_row("kept", "7", id=kept.pk), row, initial=1))
    assert answer.status_code == 422
    assert said in answer.text
    assert 'class="field__error"' in answer.text
    assert 'value="7"' in answer.text  # nothing typed is lost
    assert ModelPrice.objects.get().input_price == 1  # and nothing is half done


@pytest.mark.parametrize("second", ["small", "SMALL"])
def test_one_price_for_each_name(operator_client: Client, second: str) -> None:
    answer = operator_client.post(SAVE, _table(_row("small"), _row(second)))
    assert answer.status_code == 422
    assert "This model has a price already." in answer.text
    assert ModelPrice.objects.count() == 0


def test_names_that_change_places(operator_client: Client) -> None:
    one, two = (ModelPrice.objects.create(model=name, input_price=1, output_price=1) for name in ("one", "two"))
    answer = operator_client.post(SAVE, _table(_row("two", id=one.pk), _row("one", id=two.pk), NEW, initial=2))
    assert answer.status_code in (302, 409, 422)
    assert sorted(ModelPrice.objects.values_list("model", flat=True)) == ["one", "two"]


def test_a_table_that_is_no_table(operator_client: Client) -> None:
    assert operator_client.post(SAVE, {}).status_code == 422
    assert operator_client.post(SAVE, _table() | {"prices-TOTAL_FORMS": "1000000000"}).status_code == 422
    gone = _table(_row(id=999_999), NEW, initial=1)
    assert operator_client.post(SAVE, gone).status_code in (409, 422)


def test_a_price_reads_as_it_was_typed(operator_client: Client) -> None:
    ModelPrice.objects.create(model="small", input_price=Decimal("0.250000"), output_price=Decimal("100.000000"))
    page = operator_client.get(PAGE).text
    assert 'value="0.25"' in page
    assert 'value="100"' in page


def test_others_may_not(editor_client: Client) -> None:
    assert editor_client.post(SAVE, _table(_row())).status_code == 403
    assert ModelPrice.objects.count() == 0
