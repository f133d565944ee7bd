"""A process that stands still in the middle of a transaction, and is given up."""

import time
import uuid
from contextlib import closing

import psycopg
import pytest
from django.db import connection, transaction

from assistants_app.domain.product import connection_name
from assistants_app.engine.database.postgres import conninfo
from assistants_app.models import Run
from assistants_app.services.recovery import recover_runs
from assistants_app.services.workers import give_up_workers
from tests import make


def test_it_works(transactional_db: None) -> None:
    """It has locked its run's row, and sends no more: the run is taken from it all the same."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite serves one process at a time")
    lost = make.running(by=make.worker(silent_for=7))
    with closing(psycopg.connect(conninfo(), application_name=connection_name("elsewhere", 1))) as frozen:
        frozen.pgconn.enter_pipeline_mode()
        frozen.pgconn.send_query_params(b"SELECT 1 FROM assistants_app_run FOR SHARE", None)
        frozen.pgconn.send_flush_request()
        frozen.pgconn.flush()
        time.sleep(2.5)
        assert not _free(), "the test is to lock it"
        assert give_up_workers(by=uuid.uuid4(), machine="", runs_here=lambda _pid: True) == 1
        deadline = time.monotonic() + 10
        while not (recovered := recover_runs(limit=10)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert recovered.start == [lost.run_id]


def _free() -> bool:
    with transaction.atomic():
        return Run.objects.select_for_update(skip_locked=True).first() is not None
