"""What models cost, as operators keep it."""

from collections.abc import Iterable

from django.db import transaction

from assistants_app.models import ModelPrice
from assistants_app.services.authors import Author


def save_prices(*, saved: Iterable[ModelPrice], removed: Iterable[ModelPrice], author: Author) -> None:
    """All of it or nothing. What is removed goes first, so that its name is free."""
    with transaction.atomic():
        for price in removed:
            price.delete()
        for price in saved:
            price.full_clean()
            price.save()
