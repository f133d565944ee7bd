"""Commands of somebody at the machine that serves: the audit log tells who of its users that was."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand

from assistants_app.models import Role
from assistants_app.models.audit import Face, Who
from assistants_app.services.authors import Author
from assistants_app.services.origin import Origin, coming_from


def whoever_is_here() -> Author:
    """Who can run commands has the database anyway, so there is nothing that they may not."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        name = "?"
    return Author(person=None, label=name, kind=Who.COMMAND, role=Role.OPERATOR)


class SiteCommand(BaseCommand):
    """In the place of Django's own. `self.author` is whom services are told."""

    def execute(self, *args: Any, **options: Any) -> Any:
        self.author = whoever_is_here()
        with coming_from(Origin(Face.COMMAND, author=self.author)):
            return super().execute(*args, **options)
