"""A process that lives finishes what another began to hide."""

import asyncio

import pytest

from assistants_app.domain.sealed import Sealed
from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.engine.rounds import sealing
from assistants_app.models import Assistant
from assistants_app.services import hiding
from tests import make
from tests.services.test_hidden_settings import MODEL, hide

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(hiding, "seal_for", lambda *_given: None)
    assistant = make.assistant(settings=MODEL)
    hide()
    assert Assistant.objects.get(pk=assistant.pk).context == MODEL

    async def live() -> None:
        database = DatabaseThreads()
        async with sealing.sealing_settings(database):
            for _round in range(500):
                found = await database.call(Assistant.objects.get, pk=assistant.pk)
                if isinstance(found.context["model"], Sealed):
                    break
                await asyncio.sleep(0.02)
        await asyncio.to_thread(database.close)

    asyncio.run(live())
    assert isinstance(Assistant.objects.get(pk=assistant.pk).context["model"], Sealed)
