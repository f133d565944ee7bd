"""`seed`: fills a site with made-up rows, to measure how it does with many."""

import time
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assistants_app.graphs.catalog import catalog
from assistants_app.management import seeding
from assistants_app.management.made_site import add_data_option, require_site
from assistants_app.models import Assistant, Run
from assistants_app.models.assistants import system_assistant_id

KINDS = {"assistants": 1000, "versions": 100, "runs": 10_000, "audit": 10_000, "people": 20}


class Command(BaseCommand):
    help = "Fills a site with made-up assistants, runs and audit entries, to measure it. Never on a site that is used."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for kind, default in KINDS.items():
            parser.add_argument(f"--{kind}", type=_count, default=default, metavar="N", help="default: %(default)s")
        parser.add_argument(
            "--anyway", action="store_true", help="on a site that has assistants or runs of its own, too"
        )
        add_data_option(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        require_site()
        graphs = [entry for entry in catalog().entries() if entry.available]
        if not graphs:
            raise CommandError("None of the graphs could be loaded: an assistant needs one.")
        if not options["anyway"] and _is_used():
            raise CommandError("This site has assistants or runs of its own. Made-up ones cannot be told apart later.")
        if options["runs"] and not options["assistants"]:
            raise CommandError("Runs need assistants: --assistants 1.")
        self._began = time.monotonic()
        seeding.seed_people(options["people"])
        pks = seeding.seed_assistants(options["assistants"], options["versions"], graphs, self._tell)
        if options["runs"]:
            seeding.seed_runs(options["runs"], pks, self._tell)
            seeding.count_seeded(self._tell)
        seeding.seed_audit(options["audit"], self._tell)
        seeding.analyze()
        self._tell("ready")

    def _tell(self, text: str) -> None:
        self.stdout.write(f"  {time.monotonic() - self._began:7.1f} s  {text}")
        self.stdout.flush()


def _is_used() -> bool:
    """The graphs' own assistants are on every site, and the examples on a new one."""
    own = [system_assistant_id(entry.graph_id) for entry in catalog().entries()]
    made_by_people = Assistant.history.exclude(author="System").filter(number__isnull=False)
    return Run.objects.exists() or made_by_people.exclude(assistant_id__in=own).exists()


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > 100_000_000:
        raise ArgumentTypeError("must be a whole number, 0 to 100000000")
    return int(text)
