"""What workers see to by the clock."""

from itertools import pairwise

import pytest
from procrastinate import App
from procrastinate.testing import InMemoryConnector

from assistants_app.engine.spread.worker import RESCUE, SWEEPING


@pytest.mark.parametrize(("cron", "seconds"), [(RESCUE, 5), (SWEEPING, 60)])
def test_it_is_due_as_often_in_every_minute(cron: str, seconds: int) -> None:
    """As Procrastinate reads it."""
    app = App(connector=InMemoryConnector())
    task = app.periodic(cron=cron)(app.task(name="upkeep")(lambda timestamp: None))
    (known,) = app.periodic_registry.periodic_tasks.values()
    assert known.task is task
    turns = known.croniter
    due = [turns.get_next() for _turn in range(400)]
    assert {later - earlier for earlier, later in pairwise(due)} == {seconds}
