"""`worker`: executes runs beside the processes that serve."""

import asyncio
import contextlib
import faulthandler
import signal
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

import uvloop
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from assistants_app.api.a2a.push import push_notifications
from assistants_app.api.measures import watch_runs
from assistants_app.api.runs.webhooks import send_webhooks
from assistants_app.api.server_config import load_own_code
from assistants_app.engine import engine, interpreter
from assistants_app.graphs.catalog import catalog
from assistants_app.management.greeting import Greeting
from assistants_app.management.made_site import require_site
from assistants_app.management.usable_config import usable_config

AT_ONCE = 10

STOP_SECONDS = 12
"""A stop that takes longer ends as a kill does, and says where it stood: others take up what was left."""


class Command(BaseCommand):
    help = "Executes runs that serving processes accept. Needs PostgreSQL and ASSISTANTS_ENGINE=distributed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--concurrency", type=_positive, default=AT_ONCE, metavar="N", help="runs at once (default: %(default)s)"
        )
        parser.add_argument("--config", metavar="FILE", help="the langgraph.json, as given to serve")
        parser.add_argument("--data", metavar="FOLDER", help="the site's data folder, as given to serve")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ENGINE != "distributed":
            raise CommandError("Workers need ASSISTANTS_ENGINE=distributed; the embedded engine executes runs itself.")
        usable_config()
        require_site()
        greeting = Greeting(self.style)
        self._say(greeting.title())
        catalog().ensure_loaded()
        load_own_code()
        self._say(greeting.graphs(catalog()))
        connections.close_all()
        with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._work(options["concurrency"]))
        faulthandler.cancel_dump_traceback_later()
        self.stdout.write("\n  Stopped.")

    async def _work(self, at_once: int) -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()

        def stop(_number: int, _frame: object) -> None:
            """Also while a graph blocks the loop."""
            faulthandler.dump_traceback_later(STOP_SECONDS, exit=True)
            loop.call_soon_threadsafe(stopped.set)

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        watch_runs()
        send_webhooks()
        push_notifications()
        await engine().startup(worker=at_once)
        try:
            interpreter.set_up()
            self._say(f"\n  Ready     {at_once} runs at once  (Ctrl-C stops it)\n")
            await stopped.wait()
        finally:
            await engine().shutdown()

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise ArgumentTypeError("must be a whole number, 1 to 10000")
    return int(text)
