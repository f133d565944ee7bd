"""`api_key create NAME`, `api_key list`, `api_key revoke ID`: keys for programs, from the machine that serves."""

import uuid
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from assistants_app.domain.errors import ProductError
from assistants_app.management.at_the_machine import SiteCommand
from assistants_app.management.made_site import add_data_option, require_site
from assistants_app.models import ApiKey, Role
from assistants_app.services.keys import create_key, revoke_key


class Command(SiteCommand):
    help = "Makes, lists and revokes the keys with which programs call the API."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="create|list|revoke")
        create = actions.add_parser("create", help="make a key; it is printed this once, alone on its line")
        create.add_argument("name", help="which program it is for")
        create.add_argument("--role", choices=Role.values, default=Role.VIEWER, help="default: %(default)s")
        create.add_argument("--days", type=int, metavar="N", help="how long it lasts (default: until it is revoked)")
        create.add_argument("--rate", type=int, metavar="N", help="calls a minute (default: the site's own limit)")
        listing = actions.add_parser("list", help="list the keys")
        revoke = actions.add_parser("revoke", help="from now on nobody gets in with this key")
        revoke.add_argument("id", help="its id or its first characters, as listed")
        for each in (create, listing, revoke):
            add_data_option(each)

    def handle(self, *args: Any, **options: Any) -> None:
        require_site()
        match options["action"]:
            case "create":
                self._create(options["name"], Role(options["role"]), options["days"], options["rate"])
            case "list":
                self._list()
            case _revoke:
                self._revoke(options["id"])

    def _create(self, name: str, role: Role, days: int | None, rate: int | None) -> None:
        try:
            expires_at = timezone.now() + timedelta(days=days) if days is not None else None
            key, secret = create_key(
                name=name,
                role=role,
                created_by=None,
                author=self.author,
                expires_at=expires_at,
                requests_per_minute=rate,
            )
        except (ProductError, OverflowError) as error:
            raise CommandError(getattr(error, "message", f"{days} days are too many.")) from None
        self.stderr.write(f"A key for {key.name}, with the role {key.role}. It is not shown again:")
        self.stdout.write(secret)

    def _list(self) -> None:
        for key in ApiKey.objects.all():
            used = f"used {key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
            self.stdout.write(f"{key.id}  {key.start}…  {key.role:9}  {key.state:7}  {used:21}  {key.name}")

    def _revoke(self, said: str) -> None:
        try:
            wanted = ApiKey.objects.filter(id=uuid.UUID(said))
        except ValueError:
            wanted = ApiKey.objects.filter(start=said.rstrip("…"))
        found = list(wanted[:2])
        if len(found) != 1:
            raise CommandError(f"There is no key {said}. `api_key list` shows them." if not found else "Name its id.")
        self.stdout.write(f"{revoke_key(key_id=found[0].id, author=self.author).name} is revoked.")
