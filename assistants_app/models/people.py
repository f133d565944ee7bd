"""The people who sign in. Programs are not people: they call the API with keys."""

from django.contrib.auth.models import AbstractUser


class Person(AbstractUser):
    """Somebody who signs in: an operator when `is_superuser`, else an editor."""

    class Meta(AbstractUser.Meta):
        verbose_name = "person"
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.get_full_name() or self.get_username()
