"""What a run's tokens cost, where every price is known. Nothing is guessed: one unknown part makes it all unknown.

A run's usage is {"input_tokens", "output_tokens", "total_tokens", "models": {name: {"input_tokens",
"output_tokens", …}}}. Of a model's counts these are further known: "cached_tokens", input that the provider took
from its cache, and "special_tokens", counted among the others but priced in ways that no price list here tells.
"uncounted_calls" are calls of a model that ended without a count.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase

from assistants_app.domain.json_values import Json
from assistants_app.domain.tally import ModelTokens

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """Of a million tokens of the models that `model` names: a name, or a pattern in which * stands for anything."""

    model: str
    input: Decimal
    output: Decimal
    cached_input: Decimal | None
    currency: str

    def fits(self, name: str) -> bool:
        return fnmatchcase(name.lower(), self.model.lower().replace("[", "[[]").replace("?", "[?]"))


@dataclass(frozen=True, slots=True)
class Cost:
    amount: Decimal
    currency: str


def cost_of(usage: Json, prices: Iterable[Price]) -> Cost | None:
    """None where a model's price or a part of its tokens is not known, or where prices are in several currencies."""
    if not isinstance(usage, Mapping) or usage.get("uncounted_calls"):
        return None
    models = usage.get("models")
    if not isinstance(models, Mapping) or not models:
        return None
    known = list(prices)
    total, currencies = Decimal(0), set()
    for name, counts in models.items():
        price = price_of(name, known) if name else None
        amount = _amount(counts, price) if price and isinstance(counts, Mapping) else None
        if price is None or amount is None:
            return None
        total += amount
        currencies.add(price.currency)
    return Cost(total, currencies.pop()) if len(currencies) == 1 else None


def price_of(name: str, prices: Iterable[Price]) -> Price | None:
    """The price that names the model itself, else the one whose pattern says most of its name."""
    fitting = [price for price in prices if price.fits(name)]
    return max(fitting, key=lambda price: (price.model.lower() == name.lower(), _said(price.model)), default=None)


def _said(pattern: str) -> tuple[int, str]:
    return len(pattern.replace("*", "")), pattern


def _amount(counts: Mapping[str, Json], price: Price) -> Decimal | None:
    given, made, cached = (_count(counts.get(f"{kind}_tokens")) for kind in ("input", "output", "cached"))
    if _count(counts.get("special_tokens")) or cached > given or (cached and price.cached_input is None):
        return None
    amount = (given - cached) * price.input + made * price.output + cached * (price.cached_input or 0)
    return amount / MILLION


def _count(value: Json) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


@dataclass(frozen=True, slots=True)
class Costs:
    """What many runs cost, by currency. `unpriced` are models without a price, `unpriced_tokens` all those that no
    price tells of: what they cost comes on top."""

    amounts: Mapping[str, Decimal]
    unpriced: tuple[str, ...] = ()
    unpriced_tokens: int = 0

    @property
    def main(self) -> Cost | None:
        """In the currency of most of it."""
        currency = max(self.amounts, key=lambda name: self.amounts[name], default=None)
        return None if currency is None else Cost(self.amounts[currency], currency)


def costs_of(models: Mapping[str, ModelTokens], prices: Iterable[Price]) -> Costs:
    """At these prices, whenever the runs were."""
    known = list(prices)
    amounts: dict[str, Decimal] = {}
    unpriced, tokens_left = [], 0
    for name, used in models.items():
        price = price_of(name, known) if name else None
        tokens_left += used.unpriced
        if price is None or (used.cached and price.cached_input is None):
            if used.input + used.output:
                unpriced.append(name)
                tokens_left += used.input + used.output
            continue
        amount = (used.input - used.cached) * price.input + used.output * price.output
        amount += used.cached * (price.cached_input or 0)
        amounts[price.currency] = amounts.get(price.currency, Decimal(0)) + amount / MILLION
    return Costs(amounts, tuple(sorted(unpriced)), tokens_left)
