"""`move_to_postgresql`: a site from the SQLite files of its data folder to the PostgreSQL of DATABASE_URL."""

import sqlite3
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.db.utils import DatabaseError

from assistants_app.domain.errors import ProductError
from assistants_app.graphs.config_file import GraphsConfig, find_config, read_config
from assistants_app.management.at_the_machine import SiteCommand
from assistants_app.management.data_folder import data_folder_held
from assistants_app.management.made_site import add_data_option, reach_database
from assistants_app.management.moving.source import Source
from assistants_app.management.moving.target import Target
from assistants_app.management.moving.whole import Move, check_source, make_ready, unfinished

WAY = "Give the database in DATABASE_URL: postgresql://person:password@host:5432/name"


class Command(SiteCommand):
    requires_system_checks = []  # they import all pages
    help = (
        "Moves a site from SQLite to the PostgreSQL that DATABASE_URL names: assistants with all versions, people, "
        "keys, threads with their checkpoints, runs, crons, and what graphs remember. All of it, or nothing. The "
        "SQLite files stay as they are."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_data_option(parser)
        parser.add_argument(
            "--config", metavar="FILE", help="the langgraph.json, as given to serve; its store.index tells of vectors"
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="do all of it, then take it back: the tables are there then, and empty",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.DATA_FOLDER)
        if connection.vendor != "postgresql":
            raise CommandError(f"Where to? {WAY}")
        with data_folder_held(folder), _in_words(), Source(folder) as source:
            check_source(source)
            config = read_config(find_config(settings.GRAPHS_CONFIG))
            reach_database()
            move = Move(source, Target(self._detail), say=self._counted)
            vectors = self._vectors(move, source, config, make_ready(config))
            try:
                move.run(vectors=vectors, dry=options["dry_run"])
            except BaseException as error:
                raise CommandError(_nothing_moved(move, error)) from None
            self._tell_end(folder, unfinished(source), dry=options["dry_run"])

    def _vectors(self, move: Move, source: Source, config: GraphsConfig, problem: str) -> bool:
        missing = move.missing_vectors(config, problem)
        if missing:
            self.stdout.write(
                self.style.WARNING(
                    f"{source.vectors():,} vectors stay behind: {missing}. Items go along, and are found by their "
                    "meaning once they are put again."
                )
            )
        return not missing and source.vectors() > 0

    def _counted(self, name: str, count: int) -> None:
        if count:
            self._detail(f"{name:40}{count:>12,}")

    def _detail(self, line: str) -> None:
        self.stdout.write(f"  {line}")
        self.stdout.flush()

    def _tell_end(self, folder: Path, runs: tuple[int, int], *, dry: bool) -> None:
        running, waiting = runs
        if running or waiting:
            self.stdout.write(
                f"Unfinished runs are among them: {running} going on, {waiting} waiting. The next start takes them up, "
                "as it would have here."
            )
        name = f"{connection.settings_dict['NAME']} ({connection.settings_dict.get('HOST') or 'this machine'})"
        if dry:
            self.stdout.write(self.style.SUCCESS(f"It fits. A dry run: {name} is empty again, its tables aside."))
            return
        self.stdout.write(self.style.SUCCESS(f"The site is in {name} now, every count checked."))
        self.stdout.write(
            "Serve it with the same DATABASE_URL and the same data folder, whose secret_key it goes on with. Without "
            f"DATABASE_URL, `serve` would go on with the old files in {folder}: put them away once all is well."
        )


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except ProductError as error:
        raise CommandError(error.message) from None
    except (DatabaseError, psycopg.Error) as error:
        raise CommandError(f"The database cannot be used: {_said(error)}") from None
    except sqlite3.Error as error:
        raise CommandError(f"The SQLite files cannot be read: {error}") from None


def _nothing_moved(move: Move, error: BaseException) -> str:
    if move.committing:
        return (
            f"The connection was lost in the last moment, and whether the move counts is not known: {_said(error)}. "
            "Start the command again: it refuses a database that holds the site."
        )
    if isinstance(error, KeyboardInterrupt):
        return "Stopped. Nothing was moved: the database is as it was."
    if isinstance(error, ProductError):
        return f"{error.message} Nothing was moved."
    if not isinstance(error, DatabaseError | psycopg.Error | sqlite3.Error | OSError):
        raise error
    return f"Nothing was moved, and the database is as it was: {_said(error)}"


def _said(error: BaseException) -> str:
    """With PostgreSQL's own words for the place, such as the table, the line and the column."""
    cause = error.__cause__ if isinstance(error.__cause__, psycopg.Error) else error
    context = cause.diag.context if isinstance(cause, psycopg.Error) else None
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    return f"{said}{f' ({context.splitlines()[0][:300]})' if context else ''}"
