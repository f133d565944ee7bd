"""What a process tells of itself, and what it makes of the silence of others."""

import subprocess
import sys
import time
from typing import Any

import pytest
from django.db import OperationalError

from assistants_app.engine import Engine
from assistants_app.engine.runs.heartbeat import BEAT_SECONDS, Heart, this_process
from assistants_app.services import workers
from tests import make
from tests.running import listen


def test_one_that_is_not_answered_is_sent_again_at_once(serving: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease that runs out for a short restart of the database would hold up everything for longer than that."""
    sent: list[float] = []
    beat = workers.beat

    def unanswered_once(**given: Any) -> bool:
        sent.append(time.monotonic())
        if len(sent) == 1:
            raise OperationalError("server closed the connection unexpectedly")
        return beat(**given)

    monkeypatch.setattr(workers, "beat", unanswered_once)
    deadline = time.monotonic() + 10
    while len(sent) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert sent[1] - sent[0] < BEAT_SECONDS / 2 < sent[2] - sent[1]


def test_who_was_silent_itself_still_sees_which_processes_are_gone(
    serving: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Heart, "steady", property(lambda _heart: False))
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    here = this_process()
    run = make.running(by=make.worker(host=here.host, pid=gone.pid, machine=here.machine))
    if not here.machine:
        pytest.skip("this system does not tell which processes see each other")
    listen(run)
    run.refresh_from_db()
    assert (run.status, run.attempt) == ("success", 2)
