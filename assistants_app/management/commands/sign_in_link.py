"""`sign_in_link NAME`: a way in for somebody who has lost theirs, from the machine that serves."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from assistants_app.management.at_the_machine import SiteCommand
from assistants_app.management.made_site import add_data_option, require_site
from assistants_app.models import Person
from assistants_app.services.people import one_time_link
from assistants_app.services.second_factors import take_second_factor


class Command(SiteCommand):
    help = "Prints a link that signs somebody in once, within 24 hours."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the sign-in name")
        parser.add_argument("--url", default="http://127.0.0.1:8000/", help="where the site is (default: %(default)s)")
        parser.add_argument(
            "--without-second-factor", action="store_true", help="take the second factor off, for who has lost it"
        )
        add_data_option(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        require_site()
        person = Person.objects.filter(username__iexact=options["name"], is_active=True).first()
        if person is None:
            names = Person.objects.filter(is_active=True).order_by("username").values_list("username", flat=True)
            raise CommandError(f'Nobody called "{options["name"]}" can sign in. Known: {", ".join(names) or "nobody"}.')
        if options["without_second_factor"]:
            take_second_factor(pk=person.pk, author=self.author)
        self.stdout.write(options["url"].rstrip("/") + one_time_link(person, author=self.author))
