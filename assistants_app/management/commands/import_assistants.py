"""`import_assistants FILE`: assistants from an exported file; all of it, or nothing."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from assistants_app.domain.diff import compare, summarise
from assistants_app.domain.errors import InvalidExport
from assistants_app.domain.exports import MOST_BYTES, read_export
from assistants_app.graphs.catalog import catalog
from assistants_app.management.at_the_machine import SiteCommand
from assistants_app.management.made_site import add_data_option, require_site
from assistants_app.services.exporting import rules
from assistants_app.services.importing import Choice, Planned, import_assistants, plan_import

FAIL = "fail"

CLASHES, INVALID, FINE = 3, 1, 0
"""What the command ends with, besides 2 for wrong arguments."""


class Command(SiteCommand):
    help = (
        "Makes the assistants of an exported file, all of it or nothing. Secrets are in no file: those of an assistant "
        "that is here stay. Ends with 0 when all is done (or would be), with 1 when the file cannot be imported, with "
        "3 when it clashes with what is here and --on-clash does not say what to do."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the file; - for standard input")
        parser.add_argument("--dry-run", action="store_true", help="tell what would be done, and do nothing")
        parser.add_argument(
            "--on-clash",
            choices=[FAIL, Choice.KEEP, Choice.VERSION, Choice.COPY],
            default=FAIL,
            help="with an assistant of the same id or name: keep it, make the file's live version a new version of it, "
            "or make another one beside it (default: %(default)s)",
        )
        add_data_option(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        require_site()
        catalog().ensure_loaded()
        source = "standard input" if options["file"] == "-" else Path(options["file"]).name
        try:
            found = read_export(_read(options["file"]), rules())
            plan = plan_import(found=found, author=self.author)
            clashes = [one for one in plan if one.mine and not one.same_content]
            choices = {one.key: self._choice(one, options["on_clash"]) for one in plan}
            for one in plan:
                self._tell(one, choices[one.key])
            if clashes and options["on_clash"] == FAIL:
                said = f"{len(clashes)} of {len(plan)} are here already and differ. Say what to do: --on-clash."
                raise CommandError(said, returncode=CLASHES)
            done = import_assistants(
                plan=plan, choices=choices, author=self.author, source=source, dry=options["dry_run"]
            )
        except InvalidExport as error:
            raise CommandError(error.message, returncode=INVALID) from None
        made, saved = done.count(Choice.CREATE, Choice.COPY), done.count(Choice.VERSION)
        told = f"{made} made, {saved} with a new version, {done.count(Choice.KEEP)} kept"
        would = "Nothing was done; it would be: " if options["dry_run"] else ""
        self.stdout.write(self.style.SUCCESS(f"{would}{told}."))

    def _choice(self, one: Planned, on_clash: str) -> Choice:
        if one.mine is None:
            return Choice.CREATE
        return Choice.KEEP if one.same_content or on_clash == FAIL else Choice(on_clash)

    def _tell(self, one: Planned, choice: Choice) -> None:
        state = "new"
        if one.mine:
            by = "name" if one.by_name else "id"
            state = "as it is here" if one.same_content else f"clashes with {one.mine.assistant_id} by its {by}"
        self.stdout.write(f"{one.told.name} ({one.told.assistant_id}): {state}; {choice.value}")
        if one.before and not one.same_content:
            self.stdout.write(f"  {summarise(compare(one.before, one.after, only_changed=True))}")
        if one.graph_missing:
            self.stdout.write(f"  its graph is not installed here: {one.told.live_version.graph_id}")
        missing = one.lost_secrets if choice is Choice.VERSION else one.missing_secrets
        if missing and choice is not Choice.KEEP:
            self.stdout.write(f"  secrets to be set here: {', '.join(missing)}")


def _read(name: str) -> bytes:
    """No more than one byte too much."""
    try:
        if name == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with Path(name).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}") from None
