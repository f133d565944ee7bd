"""Hiding what is stored already: begun by the request, finished whatever dies, and looked over once more."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from assistants_app.domain.sealed import Sealed
from assistants_app.models import Assistant, AssistantVersion, Person, Role, Run, Sealing, SettingLock
from assistants_app.services import hiding, locks
from assistants_app.services.authors import SYSTEM
from assistants_app.services.locks import remove_lock, set_lock
from assistants_app.services.resealing import reseal
from tests import make
from tests.services.test_hidden_settings import CANARY, MODEL, everything, hide, run, stored_everywhere

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process of every request dies after the change of the lock."""
    monkeypatch.setattr(hiding, "seal_for", lambda *_given: None)


def open_rows() -> int:
    return sum(CANARY in str(row.__dict__) for row in everything())


def go_on(at: Any = None) -> int:
    """As the engine does. How many batches there were."""
    batches = 0
    while hiding.seal_some(at=at):
        batches += 1
    return batches


def later() -> Any:
    return timezone.now() + hiding.AGAIN_AFTER + timedelta(seconds=1)


def test_it_works(broken_off: None) -> None:
    stored_everywhere()
    before = open_rows()
    assert before == 7
    hide()
    work = Sealing.objects.get()
    assert (work.graph_id, work.seen, work.total > 0, work.again) == ("writer", 0, True, True)
    assert open_rows() == before

    assert go_on() > 0
    assert open_rows() == 0
    assert go_on(later()) > 0
    assert not Sealing.objects.exists()
    assert go_on(later()) == 0


def test_showing_it_again_is_finished_too(broken_off: None) -> None:
    assistant = stored_everywhere()
    hide()
    go_on(later())
    remove_lock(graph_id="writer", pointer="/model", author=SYSTEM)
    assert isinstance(Assistant.objects.get(pk=assistant.pk).context["model"], Sealed)
    go_on()
    assert Assistant.objects.get(pk=assistant.pk).context["model"] == CANARY
    assert open_rows() == 7


@pytest.mark.parametrize("shown", [False, True])
def test_rotate_secrets_finishes_either(broken_off: None, shown: bool) -> None:
    stored_everywhere()
    hide()
    if shown:
        go_on(later())
        remove_lock(graph_id="writer", pointer="/model", author=SYSTEM)
    reseal(author=SYSTEM, batch=2)
    assert open_rows() == (7 if shown else 0)
    assert not Sealing.objects.exists()


def test_it_goes_on_where_it_was(broken_off: None) -> None:
    for number in range(5):
        make.assistant(name=f"a{number}", settings=MODEL)
    hide()
    assert hiding.seal_some(batch=2)
    work = Sealing.objects.get()
    assert (work.step, work.seen) == (0, 2)
    assert sum(isinstance(one.context["model"], Sealed) for one in Assistant.objects.all()) == 2
    assert hiding.seal_some(batch=2)
    assert Sealing.objects.get().seen == 4
    go_on()
    assert open_rows() == 0


def test_the_request_does_what_it_can_in_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "AT_ONCE", 0.0)
    stored_everywhere()
    hide()
    assert 0 < open_rows() < 7, "one batch"
    go_on()
    assert open_rows() == 0


def test_a_save_that_knew_nothing_of_it_is_found_a_minute_later() -> None:
    """It read the locks before there was one, and was committed when its row had been passed."""
    assistant = make.assistant(settings=MODEL)
    hide()
    asked = run(assistant, SYSTEM)
    Run.objects.filter(pk=asked.pk).update(context=MODEL)
    assert open_rows() == 1
    assert go_on() == 0, "not yet"
    go_on(later())
    assert open_rows() == 0


def test_changes_meanwhile(broken_off: None) -> None:
    """What is hidden, shown and hidden again ends hidden; another setting is taken along."""
    make.assistant(settings={**MODEL, "system_prompt": CANARY})
    hide()
    hiding.seal_some(batch=1)
    remove_lock(graph_id="writer", pointer="/model", author=SYSTEM)
    hide("/system_prompt")
    assert Sealing.objects.get().disclose == ["/model"]
    hide()
    assert Sealing.objects.get().disclose == []
    remove_lock(graph_id="writer", pointer="/system_prompt", author=SYSTEM)
    go_on(later())
    (version,) = AssistantVersion.objects.all()
    assert isinstance(version.context["model"], Sealed)
    assert version.context["system_prompt"] == CANARY


def test_what_is_undone_is_not_begun(broken_off: None) -> None:
    with transaction.atomic():
        hide()
        transaction.set_rollback(True)
    assert not SettingLock.objects.exists()
    assert not Sealing.objects.exists()


def test_a_lock_that_hides_nothing_begins_nothing() -> None:
    set_lock(graph_id="writer", pointer="/model", role=Role.PUBLISHER, author=SYSTEM)
    remove_lock(graph_id="writer", pointer="/model", author=SYSTEM)
    assert not Sealing.objects.exists()


def test_the_page_of_the_graph_tells_how_far_it_is(broken_off: None, operator_client: Client, olga: Person) -> None:
    stored_everywhere()
    hide()
    total = Sealing.objects.get().total
    assert f"0 of {total} rows are done" in operator_client.get("/graphs/writer/").text
    go_on()
    assert "rows are done" not in operator_client.get("/graphs/writer/").text
