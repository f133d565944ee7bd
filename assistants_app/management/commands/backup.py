"""`backup FOLDER`: a copy of a site on SQLite, also while it is served."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import DatabaseError, connection

from assistants_app.management.at_the_machine import SiteCommand
from assistants_app.management.backing_up import SECRET_KEY, CannotBackUp, back_up
from assistants_app.management.made_site import add_data_option
from assistants_app.management.site_files import CHECKPOINTS, SITE, STORE
from assistants_app.models import AuditEntry
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind

WITH_POSTGRESQL = (
    "This site is in PostgreSQL, whose own tools back it up with everything in it, also while it is served: "
    'pg_dump --format=custom --file=site.dump "$DATABASE_URL" and later, into an empty database, '
    'pg_restore --no-owner --dbname="$DATABASE_URL" site.dump. Keep {key} with it, and ASSISTANTS_SECRETS_KEYS.'
)


class Command(SiteCommand):
    help = (
        "Copies a site on SQLite to a new folder, as it is at one instant, also while it is served: assistants, people "
        "and threads, their checkpoints, what graphs remember, and the secret key. To restore it, serve that folder."
    )
    requires_system_checks = []  # they import all pages

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="FOLDER", help="a folder that is not there yet, for the copy")
        add_data_option(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        data = Path(settings.DATA_FOLDER)
        if connection.vendor != "sqlite":
            raise CommandError(WITH_POSTGRESQL.format(key=data / SECRET_KEY))
        site = Path(connection.settings_dict["NAME"])
        if not site.is_file():
            raise CommandError(f"There is no site in {data}. Name its data folder: --data FOLDER.")
        to = Path(options["folder"]).expanduser().resolve()
        files = {SITE: site, STORE: data / STORE, CHECKPOINTS: data / CHECKPOINTS}
        try:
            sizes = back_up(files, data / SECRET_KEY, to)
        except CannotBackUp as error:
            raise CommandError(f"No backup was made: {error}") from None
        self._record(to, sizes)
        for name, size in sizes.items():
            self.stdout.write(f"  {name:24}{size:>16,} bytes")
        self.stdout.write(self.style.SUCCESS(f"Copied to {to}."))
        self.stdout.write(
            f"To restore it: serve --data {to}. Whoever has it has the site: keep it where only you read."
        )

    def _record(self, to: Path, sizes: Mapping[str, int]) -> None:
        """In the site that was copied: who has a copy of it has all that it holds."""
        try:
            if AuditEntry._meta.db_table in connection.introspection.table_names():  # else it is of an older version
                told = {"folder": str(to), **sizes}
                audit.record(Action.SITE_BACKED_UP, author=self.author, kind=ObjectKind.SITE, after=told)
        except DatabaseError as error:
            self.stderr.write(self.style.WARNING(f"The audit log does not tell of it: {error}"))
