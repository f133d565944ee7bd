"""Lines of the log tell which run they are about, those of its graph too; as text or as one JSON object each."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistants_app.domain.log_lines import JsonLine, OfRun, TextLine, telling_of
from assistants_app.engine import Engine
from assistants_app.models import Run, Worker
from tests import make
from tests.commands.served import ROOT, environment
from tests.running import finish


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the log says as JSON, from INFO on."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(OfRun())
    handler.setFormatter(JsonLine())
    loggers = [logging.getLogger(name) for name in ("graph.own", "assistants_app.engine")]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    yield stream
    for logger in loggers:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)


def test_it_works(serving: Engine, written: io.StringIO) -> None:
    first, second = (finish(make.run(input={"text": text}, graph_id="logs")) for text in ("a", "b"))
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [line["message"] for line in lines if line["run_id"] == str(first.run_id)] == [
        "from a synchronous node: a",
        "from a task of its own",
        f"run {first.run_id} of graph logs ended: success",
    ]
    of_second = [line for line in lines if line["run_id"] == str(second.run_id)]
    assert len(of_second) == 3
    assert second.assistant is not None
    told = {
        "run_id": str(second.run_id),
        "thread_id": str(second.thread_id),
        "assistant_id": str(second.assistant.assistant_id),
        "version": 1,
        "graph_id": "logs",
        "attempt": 1,
        "worker": str(Worker.objects.get().worker_id),
    }
    for line in of_second:
        assert line | told == line


def test_another_attempt_is_told(serving: Engine, written: io.StringIO) -> None:
    run = make.run(input={"text": "a"}, graph_id="logs")
    Run.objects.filter(pk=run.pk).update(attempt=2)
    finish(run)
    assert {json.loads(line)["attempt"] for line in written.getvalue().splitlines()} == {2}


def _record(message: str, *args: object, **more: object) -> logging.LogRecord:
    record = logging.LogRecord("a.b", logging.ERROR, "x.py", 1, message, args, None)
    vars(record).update(more)
    OfRun().filter(record)
    return record


def test_a_line_outside_a_run() -> None:
    line = json.loads(JsonLine().format(_record("it is\nso: %s", "yes")))
    assert sorted(line) == ["level", "logger", "message", "time"]
    assert (line["level"], line["logger"], line["message"]) == ("ERROR", "a.b", "it is\nso: yes")
    assert TextLine("%(levelname)s %(message)s").format(_record("so")) == "ERROR so"


def test_what_raised_is_in_the_same_object() -> None:
    try:
        raise ValueError("no\nsuch thing")
    except ValueError:
        record = _record("so", exc_info=sys.exc_info())
    said = JsonLine().format(record)
    assert "\n" not in said
    assert "ValueError: no\nsuch thing" in json.loads(said)["exception"]


def test_text_has_the_facts_behind_the_message() -> None:
    with telling_of({"run_id": "r", "attempt": 2, "version": None}):
        record = _record("so")
    assert TextLine("%(levelname)s %(message)s").format(record) == "ERROR so [run_id=r attempt=2]"
    assert json.loads(JsonLine().format(_record("so"))).get("run_id") is None, "it ends with its block"


def test_the_setting(tmp_path: Path) -> None:
    code = "import django, logging; django.setup(); logging.getLogger('mine').info('hello')"
    variables = {"ASSISTANTS_LOG_FORMAT": "json", "ASSISTANTS_LOG_LEVEL": "info", "SECRET_KEY": "only for tests"}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(**variables, ASSISTANTS_DATA=str(tmp_path), DJANGO_SETTINGS_MODULE="assistants_app.settings"),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(ended.stderr)["message"] == "hello"
