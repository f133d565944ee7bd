"""The people who sign in. Programs are not people: they call the API with keys."""

from collections.abc import Iterator

from django.contrib.auth.models import AbstractUser
from django.db import models


class Person(AbstractUser):
    """Somebody who signs in: an operator when `is_superuser`, else an editor."""

    sessions_ended = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="How often all sessions at once were ended."
    )

    class Meta(AbstractUser.Meta):
        verbose_name = "person"
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.get_full_name() or self.get_username()

    def get_session_auth_hash(self) -> str:
        """Other than what a session holds, it is of no use any more."""
        return self._counted(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        yield from map(self._counted, super().get_session_auth_fallback_hash())

    def _counted(self, mark: str) -> str:
        return f"{mark}.{self.sessions_ended}" if self.sessions_ended else mark
