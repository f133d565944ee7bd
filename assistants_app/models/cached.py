"""What processes share for a while, such as how often a sign-in failed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CachedValue(models.Model):
    """A row of Django's database cache, which reads and writes it: see CACHES. As a model it comes with the migrations,
    instead of by a command of its own."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("cached value")
        verbose_name_plural = _("cached values")

    def __str__(self) -> str:
        return self.cache_key
