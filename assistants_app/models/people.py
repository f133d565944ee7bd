"""The people who sign in. Programs are not people: they call the API with keys."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assistants_app.domain.written_text import name_fault

if TYPE_CHECKING:
    from assistants_app.models.grants import Grant

HOLD_ADDRESS = "SELECT pg_advisory_xact_lock(x'61647273'::int, hashtext(upper(%s)))"
"""PostgreSQL's lock of an e-mail address, whoever has it or nobody, to the end of the transaction."""


class Person(AbstractUser):
    """Somebody who signs in: an operator when `is_superuser`; else their grants say what they may do."""

    sessions_ended = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text=gettext_lazy("How often all sessions at once were ended.")
    )
    language = models.CharField(
        max_length=12,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=gettext_lazy("That they chose to read in."),
    )

    class Meta(AbstractUser.Meta):
        verbose_name = gettext_lazy("person")  # type: ignore[assignment]
        verbose_name_plural = gettext_lazy("people")  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.get_full_name() or self.get_username()

    def clean(self) -> None:
        """What a form of their name and address refuses beyond the columns' own rules. Raises ValidationError."""
        super().clean()
        found = {field: name_fault(getattr(self, field)) for field in ("first_name", "last_name", "email")}
        said = _("This cannot be saved: %(fault)s.")
        if faults := {field: said % {"fault": fault} for field, fault in found.items() if fault}:
            raise ValidationError(faults)

    def get_session_auth_hash(self) -> str:
        """Other than what a session holds, it is of no use any more."""
        return self._counted(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        yield from map(self._counted, super().get_session_auth_fallback_hash())

    def _counted(self, mark: str) -> str:
        return f"{mark}.{self.sessions_ended}" if self.sessions_ended else mark

    @cached_property
    def held_grants(self) -> "tuple[Grant, ...]":
        """What they were granted; read once for each request, as the person is."""
        return tuple(self.grants.all())
