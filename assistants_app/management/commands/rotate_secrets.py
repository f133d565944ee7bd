"""`rotate_secrets`: seals all secrets among settings by the newest key, old versions included."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from assistants_app.graphs.catalog import catalog
from assistants_app.management.at_the_machine import SiteCommand
from assistants_app.management.made_site import add_data_option, require_site
from assistants_app.services.resealing import reseal
from assistants_app.services.sealed_tables import BATCH
from assistants_app.services.secrets import keys


class Command(SiteCommand):
    help = (
        "Seals every secret among the settings of assistants, their versions, runs and crons by the newest key: those "
        "of older keys, and those that were stored before secrets were sealed. Safe while the site is served, safe to "
        "repeat, and to go on with after it was interrupted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=BATCH, metavar="N", help="rows a transaction (%(default)s)")
        add_data_option(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        require_site()
        if not settings.SEAL_SECRETS:
            raise CommandError("ASSISTANTS_SEAL_SECRETS is 0, so secrets are not sealed. Nothing was done.")
        catalog().ensure_loaded()
        done = reseal(author=self.author, batch=max(1, options["batch"]), tell=self._tell)
        self._forget_old_pages()
        for name, count in done.rows.items():
            self.stdout.write(f"  {name:24}{count:>10,} written")
        if done.missing_keys:
            listed = ", ".join(sorted(done.missing_keys))
            raise CommandError(
                f"Some secrets cannot be opened: the keys with the ids {listed}, which sealed them, are not among "
                "ASSISTANTS_SECRETS_KEYS. They stay as they are. Add those keys and repeat this, or set them anew."
            )
        self.stdout.write(self.style.SUCCESS(f"All secrets are sealed by the key with the id {keys()[0].key_id}."))

    def _tell(self, name: str, count: int) -> None:
        if self._verbose:
            self.stdout.write(f"{name}: {count:,} looked at")

    def execute(self, *args: Any, **options: Any) -> Any:
        self._verbose = options["verbosity"] > 1
        return super().execute(*args, **options)

    def _forget_old_pages(self) -> None:
        """What SQLite wrote before may still stand in its files, where nothing points at it."""
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
