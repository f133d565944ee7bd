"""Sealing all secrets by the newest key: those of older keys, and those that were stored before secrets were sealed.

In batches, each a transaction of its own. What was done stays done when it is interrupted, and is not done again.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.db import transaction

from assistants_app.models import AssistantVersion
from assistants_app.models.immutability import install_triggers, resealable
from assistants_app.services import audit, hiding
from assistants_app.services.authors import Author
from assistants_app.services.sealed_tables import BATCH, EVERYTHING, TABLES, Columns, Resealed, batch_of, rewrite

Tell = Callable[[str, int], object]


def reseal(*, author: Author, batch: int = BATCH, tell: Tell = lambda _table, _seen: None) -> Resealed:
    """Seal everything anew. `tell` hears of each batch: its table, and how many of its rows were looked at by then."""
    done = Resealed()
    install_triggers(using="default")  # those of an older version let nobody past
    for model, changed in TABLES.items():
        name = str(model._meta.verbose_name_plural)
        done.rows[name] = sum(_reseal(model, changed, batch, done, partial(tell, name)))
    hiding.finish(batch=batch)  # what was broken off before
    if done.count:
        audit.record(audit.Action.SECRETS_ROTATED, author=author, after=dict(done.rows))
    return done


def _reseal(
    model: Any,
    changed: Callable[[Any], Columns],
    batch: int,
    done: Resealed,
    tell: Callable[[int], object],
) -> Iterator[int]:
    last: Any = None
    seen = 0
    while True:
        with resealable() if model is AssistantVersion else transaction.atomic():
            rows = batch_of(model, last, batch, EVERYTHING)
            yield sum(rewrite(model, row, changed(row), done) for row in rows)
        if not rows:
            return
        last, seen = rows[-1].pk, seen + len(rows)
        tell(seen)
