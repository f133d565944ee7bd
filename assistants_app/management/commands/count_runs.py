"""`count_runs`: brings the dashboard's numbers up to date, or makes them anew."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from assistants_app.management.made_site import add_data_option, require_site
from assistants_app.services.counting import count_all, count_anew


class Command(BaseCommand):
    help = "Counts the ended runs that are in no number of the dashboard yet. A site that is served does so itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anew",
            action="store_true",
            help="forget all numbers first. Runs that were deleted since they were counted are in none afterwards.",
        )
        add_data_option(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        require_site()
        if options["anew"]:
            count_anew()
        self.stdout.write(f"{count_all():,} runs counted.")
