"""Workers that are silent, or seen to be gone."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from assistants_app.models import Worker
from assistants_app.services.workers import beat, forget_workers, give_up_workers
from tests import make

pytestmark = pytest.mark.django_db


def _give_up(*, by: uuid.UUID | None = None, machine: str = "", runs_here: bool = True, silent: bool = True) -> int:
    return give_up_workers(by=by or uuid.uuid4(), machine=machine, runs_here=lambda _pid: runs_here, silent=silent)


def test_who_was_given_up_stays_so() -> None:
    worker_id = make.worker(silent_for=7)
    assert _give_up() == 1
    assert not beat(worker_id=worker_id)
    assert Worker.objects.get().lost_at is not None
    assert _give_up() == 0


def test_a_heartbeat_at_the_last_moment_counts() -> None:
    worker_id = make.worker(silent_for=7)
    assert beat(worker_id=worker_id, blocked_by={"graph_id": "a"})
    assert _give_up() == 0
    assert Worker.objects.get().blocked_by == {"graph_id": "a"}


def test_nobody_gives_up_itself() -> None:
    worker_id = make.worker(silent_for=7)
    assert _give_up(by=worker_id) == 0


@pytest.mark.parametrize(
    ("machine", "runs_here", "given_up"),
    [("here", False, 1), ("here", True, 0), ("there", False, 0), ("", False, 0)],
)
def test_a_process_that_is_seen_to_be_gone_is_given_up_at_once(machine: str, runs_here: bool, given_up: int) -> None:
    make.worker(machine="here" if machine else "")
    assert _give_up(machine=machine, runs_here=runs_here) == given_up


def test_who_was_silent_itself_judges_nobody_by_silence() -> None:
    make.worker(machine="here", silent_for=7)
    make.worker(silent_for=7)
    assert _give_up(machine="here", silent=False) == 0
    assert _give_up(machine="here", runs_here=False, silent=False) == 1
    assert _give_up() == 1


def test_workers_that_were_given_up_long_ago_are_forgotten() -> None:
    make.worker()
    Worker.objects.filter(pk=make.worker()).update(lost_at=timezone.now() - timedelta(hours=2))
    Worker.objects.filter(pk=make.worker()).update(lost_at=timezone.now())
    forget_workers()
    assert Worker.objects.count() == 2
