"""What tokens cost: the right price of each model, and no cost at all where anything is not known."""

from decimal import Decimal

import pytest

from assistants_app.domain.costs import Cost, Price, cost_of, price_of
from assistants_app.domain.json_values import Json


def price(model: str, given: str = "1", made: str = "10", cached: str | None = None, currency: str = "USD") -> Price:
    return Price(model, Decimal(given), Decimal(made), None if cached is None else Decimal(cached), currency)


def usage(given: int = 0, made: int = 0, name: str = "small-1", **more: int) -> Json:
    return {"models": {name: {"input_tokens": given, "output_tokens": made, **more}}}


def test_it_works() -> None:
    assert cost_of(usage(2_000, 300), [price("small-1")]) == Cost(Decimal("0.005"), "USD")


def test_several_models_are_added_up() -> None:
    used: Json = {
        "models": {
            "small-1": {"input_tokens": 1_000_000, "output_tokens": 0},
            "large-1": {"input_tokens": 0, "output_tokens": 500_000},
        }
    }
    assert cost_of(used, [price("small-1"), price("large-*", made="30")]) == Cost(Decimal(16), "USD")
    assert cost_of(used, [price("small-1")]) is None, "a part of a cost is no cost"
    assert cost_of(used, [price("small-1"), price("large-1", currency="EUR")]) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gpt-5", "gpt-5"),
        ("GPT-5", "gpt-5"),
        ("gpt-5-mini-2025", "gpt-5-mini*"),
        ("gpt-5-nano", "gpt-5-*"),
        ("gpt-6", "gpt*"),
        ("claude", None),
        ("odd[1]?", "odd[1]?"),
        ("odd12", None),
    ],
)
def test_the_price_that_says_most_of_a_name(name: str, expected: str | None) -> None:
    prices = [price(model) for model in ("gpt*", "gpt-5-*", "gpt-5", "gpt-5-mini*", "odd[1]?")]
    for listed in (prices, prices[::-1]):
        found = price_of(name, listed)
        assert (found.model if found else None) == expected


def test_tokens_from_the_cache_have_their_own_price() -> None:
    used = usage(1_000_000, 0, cached_tokens=400_000)
    assert cost_of(used, [price("small-1", cached="0.5")]) == Cost(Decimal("0.8"), "USD")
    assert cost_of(used, [price("small-1")]) is None


@pytest.mark.parametrize(
    "used",
    [
        None,
        [],
        {"input_tokens": 5, "output_tokens": 5},
        {"models": {}},
        {"models": {"small-1": "many"}},
        {"models": {"": {"input_tokens": 5}}},
        {"uncounted_calls": 1, "models": {"small-1": {"input_tokens": 5}}},
        usage(5, 5, special_tokens=1),
        usage(5, 5, cached_tokens=6),
    ],
)
def test_what_is_not_known_has_no_cost(used: Json) -> None:
    assert cost_of(used, [price("small-1", cached="1"), price("*", cached="1")]) is None


def test_without_prices_nothing_has_a_cost() -> None:
    assert cost_of(usage(5, 5), []) is None
    assert cost_of(usage(0, 0), [price("small-1")]) == Cost(Decimal(0), "USD")
