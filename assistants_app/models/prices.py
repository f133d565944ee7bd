"""What models cost, as operators know it."""

from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assistants_app.domain.costs import Price

NOT_NEGATIVE = MinValueValidator(Decimal(0), _("A price is 0 or more."))

MONEY: dict[str, Any] = {"max_digits": 12, "decimal_places": 6, "validators": [NOT_NEGATIVE]}


class ModelPriceQuerySet(models.QuerySet["ModelPrice"]):
    def prices(self) -> list[Price]:
        """All of them, as the domain computes with them."""
        rows = self.values_list("model", "input_price", "output_price", "cached_input_price", "currency")
        return [Price(*row) for row in rows]


class ModelPrice(models.Model):
    """The price of one model, or of all whose names fit a pattern. Kept by operators; never guessed."""

    model = models.CharField(
        _("model"),
        max_length=200,
        unique=True,
        help_text=_("As the provider names it in its answers, such as gpt-5-mini-2025-08-07; * stands for anything."),
        validators=[RegexValidator(r"^\S+$", _("A model's name has no spaces."))],
    )
    input_price = models.DecimalField(_("input price"), **MONEY, help_text=_("For a million tokens."))
    output_price = models.DecimalField(_("output price"), **MONEY, help_text=_("For a million tokens."))
    cached_input_price = models.DecimalField(
        _("cached input price"),
        **MONEY,
        null=True,
        blank=True,
        help_text=_(
            "For a million input tokens that the provider took from its cache. Without it, the cost of answers with"
            " such tokens is not known."
        ),
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="USD",
        validators=[RegexValidator(r"^[A-Z]{3}$", _("A currency is three capital letters, such as USD or EUR."))],
    )
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects = ModelPriceQuerySet.as_manager()

    class Meta:
        ordering = ["model"]
        verbose_name = _("model price")
        verbose_name_plural = _("model prices")
        constraints = [
            models.CheckConstraint(
                condition=Q(input_price__gte=0, output_price__gte=0)
                & (Q(cached_input_price=None) | Q(cached_input_price__gte=0)),
                name="prices_are_not_negative",
            )
        ]

    def __str__(self) -> str:
        return self.model
