"""Processes that are forked rather than started are what those are that were started."""

import socket
from pathlib import Path

from assistants_app.domain.product import connection_name
from tests.faults.nursery import Born, Nursery

SAY = """
from django.conf import settings
print("Named", settings.DATABASES["default"]["OPTIONS"].get("application_name"))
"""


def test_connections_to_postgresql_bear_the_name_of_their_own_process(tmp_path: Path) -> None:
    """Else nobody hangs them up when it stands still."""
    nursery = Nursery(folder=tmp_path, DATABASE_URL="postgresql://somebody@127.0.0.1:1/nothing", SECRET_KEY="a test's")
    try:
        born = Born(nursery, "shell", "--no-imports", "--command", SAY, ready="Named")
        born.process.wait()
        born.close()
    finally:
        nursery.close()
    assert connection_name(socket.gethostname(), born.process.pid) in born.said
