"""`expire_audit_log --days N`: deletes what is older from the audit log, and says so in it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from assistants_app.domain.errors import ProductError
from assistants_app.management.at_the_machine import SiteCommand
from assistants_app.management.made_site import add_data_option, require_site
from assistants_app.services.audit_expiry import LEAST_DAYS, expire_entries


class Command(SiteCommand):
    help = (
        "Deletes entries of the audit log that are older than so many days: the one way in which any go. The log tells "
        "who did so, and how many there were. Safe while the site is served, and to repeat after an interruption."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, required=True, metavar="N", help="the age up to which entries stay")
        add_data_option(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        require_site()
        try:
            gone = expire_entries(days=options["days"], author=self.author, tell=self._tell)
        except ProductError:
            raise CommandError(f"--days is a number of days, at least {LEAST_DAYS}.") from None
        self.stdout.write(self.style.SUCCESS(f"{gone:,} entries were older, and are gone."))

    def _tell(self, deleted: int) -> None:
        self.stdout.write(f"  {deleted:,} deleted")
        self.stdout.flush()
