"""What models cost, as operators keep it."""

from collections.abc import Iterable
from decimal import Decimal

from django.db import transaction

from assistants_app.models import ModelPrice
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author


def save_prices(*, saved: Iterable[ModelPrice], removed: Iterable[ModelPrice], author: Author) -> None:
    """All of it or nothing. What is removed goes first, so that its name is free."""
    with transaction.atomic():
        known = {price.pk: price for price in ModelPrice.objects.select_for_update()}
        for price in removed:
            pk, before = price.pk, _told(price)
            price.delete()
            _record(Action.PRICE_DELETED, author, pk, price, before=before)
        for price in saved:
            price.full_clean()
            price.save()
            old, after = known.get(price.pk), _told(price)
            before = _told(old) if old else {}
            changed = [name for name in after if after[name] != before.get(name)]
            if old is None:
                _record(Action.PRICE_ADDED, author, price.pk, price, after=after)
            elif changed:
                kept = ({name: side[name] for name in changed} for side in (before, after))
                _record(Action.PRICE_CHANGED, author, price.pk, price, before=next(kept), after=next(kept))


def _told(price: ModelPrice) -> dict[str, str]:
    names = ("model", "input_price", "output_price", "cached_input_price", "currency")
    return {name: _written(getattr(price, name)) for name in names}


def _written(value: object) -> str:
    """2.5 and 2.500000 are one price."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else "" if value is None else str(value)


def _record(action: Action, author: Author, pk: int, price: ModelPrice, **values: dict[str, str]) -> None:
    audit.record(action, author=author, kind=ObjectKind.PRICE, id=pk, name=price.model, **values)
