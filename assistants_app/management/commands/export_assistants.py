"""`export_assistants`: assistants with their versions as one file without secrets, for git or another site."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from assistants_app.domain.errors import ProductError
from assistants_app.management.at_the_machine import SiteCommand
from assistants_app.management.made_site import add_data_option, require_site
from assistants_app.models import Assistant
from assistants_app.services.exporting import export_assistants
from assistants_app.web.addresses import uuid_in


class Command(SiteCommand):
    help = (
        "Writes assistants with their versions as JSON, without secrets: all of them, or those that are named. The "
        "same assistants are the same file, byte for byte."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("assistants", nargs="*", metavar="ID", help="ids of assistants (default: all)")
        parser.add_argument("--graph", metavar="GRAPH", help="those of this graph only")
        parser.add_argument("--tag", metavar="TAG", help="those with this tag only")
        parser.add_argument("--live-only", action="store_true", help="their live versions alone")
        parser.add_argument("--output", "-o", metavar="FILE", help="where to (default: standard output)")
        add_data_option(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        require_site()
        found = Assistant.objects.all()
        if options["graph"]:
            found = found.filter(graph_id=options["graph"])
        if options["tag"]:
            found = found.tagged(options["tag"])
        if asked := options["assistants"]:
            ids = {text: uuid_in(text) for text in asked}
            found = found.filter(assistant_id__in=[one for one in ids.values() if one])
            there = set(found.values_list("assistant_id", flat=True))
            if missing := [text for text, one in ids.items() if one not in there]:
                raise CommandError(f"There is no such assistant: {', '.join(missing)}. Nothing was written.")
        try:
            text = export_assistants(assistants=found, author=self.author, history=not options["live_only"])
        except ProductError as error:
            raise CommandError(error.message) from None
        if not options["output"]:
            self.stdout.write(text, ending="")
            return
        try:
            Path(options["output"]).write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise CommandError(f"{options['output']} cannot be written: {error.strerror}") from None
