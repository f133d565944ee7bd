"""`serve`: the whole site with one command."""

import os
import shlex
import socket
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.db.utils import DatabaseError
from uvicorn.supervisors import ChangeReload

from assistants_app.domain.errors import ProductError
from assistants_app.graphs.catalog import catalog
from assistants_app.graphs.config_file import GraphsConfig
from assistants_app.management.data_folder import data_folder_held, keep_private
from assistants_app.management.greeting import Greeting
from assistants_app.management.listening import answer_to, refuse_without_keys, site_url, take_address
from assistants_app.management.made_site import reach_database
from assistants_app.management.one_at_a_time import one_at_a_time
from assistants_app.management.usable_config import usable_config
from assistants_app.models import Person
from assistants_app.services import people
from assistants_app.services.site import prepare_site
from assistants_app.whole_answers import WholeAnswers

STOP_SECONDS = 10
"""How long requests that still work may take after Ctrl-C; open streams are ended at once."""

KEPT_SECONDS = 75
"""How long a connection may be idle: longer than programs (httpx: 5) and proxies (nginx: 60) keep theirs. Who closes
first must be the one who asks, or a question that is just on its way is answered with a broken connection."""


class Command(BaseCommand):
    help = "Starts the site: makes its database, loads the graphs, makes the first operator, and serves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--config", metavar="FILE", help="a langgraph.json (default: ./langgraph.json, else the bundled examples)"
        )
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=8000, help="default: %(default)s; 0 takes a free one")
        parser.add_argument(
            "--data", metavar="FOLDER", help="where everything that the site writes goes (default: ./.assistants)"
        )
        parser.add_argument("--reload", action="store_true", help="start anew when a Python file changes")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._serve(options["host"], options["port"], reload=options["reload"])
        except KeyboardInterrupt:
            self.stdout.write("\n  Stopped.")

    def _serve(self, host: str, port: int, *, reload: bool) -> None:
        config = usable_config()
        if config.auth is None:
            refuse_without_keys(host)
        listener = take_address(host, port)
        # Of several processes none clears up after another, so they may share the folder.
        held = data_folder_held(settings.DATA_FOLDER) if settings.ENGINE == "embedded" else nullcontext()
        with listener, held:
            self._serve_at(listener, host, config, reload=reload)

    def _serve_at(self, listener: socket.socket, host: str, config: GraphsConfig, *, reload: bool) -> None:
        url, notes = site_url(host, listener), answer_to(host)
        greeting = Greeting(self.style)
        self._say(greeting.title())
        _migrate()
        if not reload:
            prepare_site()
            self._say(greeting.graphs(catalog()))
            catalog().notes_told = True
        sign_in = greeting.sign_in(_first_sign_in(url))
        self._say(greeting.data(settings.DATA_FOLDER, _database_name()))
        self._say(sign_in)
        connections.close_all()
        if reload:
            self._say(greeting.ready(url, [*notes, "Starts anew when a Python file changes."]))
            _run_with_reload(config, listener)
        else:
            _Server(_server_config(), ready=lambda: self._say(greeting.ready(url, notes))).run(sockets=[listener])

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


class _Server(uvicorn.Server):
    """Says when it is ready."""

    def __init__(self, config: uvicorn.Config, *, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def _server_config(**options: Any) -> uvicorn.Config:
    return uvicorn.Config(
        "assistants_app.asgi:application",
        **{
            "log_level": settings.LOG_LEVEL,
            "access_log": False,
            "lifespan": "on",
            "http": WholeAnswers,
            "ws": "websockets-sansio",
            "ws_max_size": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
            "ws_per_message_deflate": False,
            "server_header": False,
            "timeout_graceful_shutdown": STOP_SECONDS,
            "timeout_keep_alive": KEPT_SECONDS,
            **({"log_config": None} if settings.LOG_FORMAT == "json" else {}),  # its lines go the way of all
            **options,
        },
    )


def _run_with_reload(config: GraphsConfig, listener: socket.socket) -> None:
    folders = dict.fromkeys([settings.PACKAGE, *config.search_path])
    server_config = _server_config(
        log_level="info",
        reload=True,
        reload_dirs=[str(folder) for folder in folders],
        reload_includes=["*.py", "langgraph.json", ".env"],
    )
    os.environ["ASSISTANTS_CONFIG"] = str(config.path)
    ChangeReload(server_config, target=uvicorn.Server(server_config).run, sockets=[listener]).run()


def _migrate() -> None:
    try:
        settings.DATA_FOLDER.mkdir(0o700, parents=True, exist_ok=True)
        reach_database()
        with one_at_a_time():
            call_command("migrate", interactive=False, verbosity=0)
        keep_private(settings.DATA_FOLDER)
    except OSError as error:
        raise CommandError(f"The data folder cannot be written: {error}") from None
    except DatabaseError as error:
        raise CommandError(f"The database cannot be used: {str(error).strip()}") from None


def _database_name() -> str:
    """ "" for the file in the data folder, which needs no words."""
    if connection.vendor == "sqlite" and Path(connection.settings_dict["NAME"]).is_relative_to(settings.DATA_FOLDER):
        return ""
    host = connection.settings_dict.get("HOST") or "this machine"
    return f"{connection.settings_dict['NAME']} ({connection.display_name}, {host})"


def _first_sign_in(url: str) -> list[str]:
    """Makes the first operator where there is none, and says how to sign in."""
    name = os.environ.get("DJANGO_SUPERUSER_USERNAME") or "operator"
    password = os.environ.get("DJANGO_SUPERUSER_PASSWORD") or None
    try:
        with one_at_a_time():
            person = people.make_first_operator(
                username=name, email=os.environ.get("DJANGO_SUPERUSER_EMAIL", ""), password=password
            )
    except ProductError as error:
        raise CommandError(f"The first operator cannot be made: {error.message}") from None
    if person and password:
        return [f"{url}sign-in/", f'as "{name}", with the password of DJANGO_SUPERUSER_PASSWORD']
    waiting = person or _operator_who_never_signed_in()
    if waiting:
        link = url.rstrip("/") + people.one_time_link(waiting)
        return [link, f'as "{waiting.get_username()}"; the link works once, within 24 hours']
    command = f"sign_in_link NAME --url {url} --data {shlex.quote(str(settings.DATA_FOLDER))}"
    return [f"{url}sign-in/", "Lost the way in? This prints a new one-time link:", command]


def _operator_who_never_signed_in() -> Person | None:
    """The only operator, when nobody has used the link of the first start yet."""
    operators = list(Person.objects.filter(is_superuser=True, is_active=True)[:2])
    only = operators[0] if len(operators) == 1 else None
    return only if only and only.last_login is None and not only.has_usable_password() else None
