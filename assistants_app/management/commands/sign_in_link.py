"""`sign_in_link NAME`: a way in for somebody who has lost theirs, from the machine that serves."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from assistants_app.models import Person
from assistants_app.services.people import one_time_link


class Command(BaseCommand):
    help = "Prints a link that signs somebody in once, within 24 hours."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the sign-in name")
        parser.add_argument("--url", default="http://127.0.0.1:8000/", help="where the site is (default: %(default)s)")
        # Read before the settings are: see assistants_app.__main__.
        parser.add_argument("--data", metavar="FOLDER", help="its data folder, as given to serve")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            person = Person.objects.filter(username__iexact=options["name"], is_active=True).first()
        except (OperationalError, ProgrammingError) as error:
            said = f"There is no site in {settings.DATA_FOLDER}: {str(error).strip()}."
            raise CommandError(f"{said} Name the folder that it is served with: --data FOLDER.") from None
        if person is None:
            names = Person.objects.filter(is_active=True).order_by("username").values_list("username", flat=True)
            raise CommandError(f'Nobody called "{options["name"]}" can sign in. Known: {", ".join(names) or "nobody"}.')
        self.stdout.write(options["url"].rstrip("/") + one_time_link(person))
