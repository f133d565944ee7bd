"""The prices of models: one table that an operator edits and saves as a whole."""

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.forms.models import BaseModelFormSet, modelformset_factory
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assistants_app.domain.costs import price_of
from assistants_app.models import GraphTally, ModelPrice
from assistants_app.services.authors import Author
from assistants_app.services.prices import save_prices
from assistants_app.web.access import SignedInRequest, operators_only
from assistants_app.web.dashboard.periods import named

MOST = 500
SHOWN = 12

if TYPE_CHECKING:
    _PriceForm = forms.ModelForm[ModelPrice]
    _PriceSet = BaseModelFormSet[ModelPrice, "PriceForm"]
else:
    _PriceForm = forms.ModelForm
    _PriceSet = BaseModelFormSet

NO_NUMBER = gettext_lazy("A price is a number, such as 0.25.")


class PriceForm(_PriceForm):
    class Meta:
        model = ModelPrice
        fields = ("model", "input_price", "output_price", "cached_input_price", "currency")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            attributes = {"class": "input", "autocomplete": "off", "aria-label": str(field.label).capitalize()}
            if isinstance(field, forms.DecimalField):
                field.widget = forms.TextInput(attrs=attributes | {"inputmode": "decimal"})
                field.error_messages["invalid"] = NO_NUMBER
                value = self.initial.get(name)
                if isinstance(value, Decimal):
                    self.initial[name] = f"{value.normalize():f}"
            else:
                field.widget.attrs |= attributes
            field.help_text = ""

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()


class BasePrices(_PriceSet):
    def clean(self) -> None:
        """One price for each name, whichever letters are capitals. Said at the second one."""
        seen: Counter[str] = Counter()
        for form in self.forms:
            name = (getattr(form, "cleaned_data", None) or {}).get("model", "").lower()
            if not name or form in self.deleted_forms:
                continue
            seen[name] += 1
            if seen[name] > 1:
                form.add_error("model", _("This model has a price already."))

    def validate_unique(self) -> None:
        """`clean` says it, at the field."""


Prices = modelformset_factory(
    ModelPrice,
    form=PriceForm,
    formset=BasePrices,
    extra=1,
    can_delete=True,
    max_num=MOST,
    absolute_max=MOST + 1,
)


@operators_only
@require_safe
@never_cache
def index(request: SignedInRequest) -> HttpResponse:
    return _page(request, Prices(queryset=ModelPrice.objects.all(), prefix="prices"))


@operators_only
@require_POST
def save(request: SignedInRequest) -> HttpResponse:
    """The table as a whole; a refusal keeps everything that was typed."""
    found = Prices(request.POST, queryset=ModelPrice.objects.all(), prefix="prices")
    if not found.is_valid():
        return _page(request, found, status=422)
    saved = found.save(commit=False)
    try:
        save_prices(saved=saved, removed=found.deleted_objects, author=Author.of(request.user))
    except (ValidationError, IntegrityError):
        messages.error(request, _("Somebody else changed the prices meanwhile. Nothing was saved: look at them again."))
        return _page(request, found, status=409)
    if saved or found.deleted_objects:
        messages.success(request, _("The prices are saved. Costs are shown by them from now on."))
    else:
        messages.info(request, _("Nothing was changed."))
    return redirect("prices")


def _page(request: SignedInRequest, found: Any, *, status: int = 200) -> HttpResponse:
    context = {"prices": found, "unpriced": _unpriced(), "shown": SHOWN}
    return render(request, "dashboard/prices.html", context, status=status)


def _unpriced() -> list[str]:
    """Models that were used in the last 30 days and have no price."""
    prices = ModelPrice.objects.prices()
    period = named("30d")
    rows = GraphTally.objects.filter(span="day", start__gte=period.since).defer("graph_id")
    used: Counter[str] = Counter()
    for row in rows:
        used.update({name: one.input + one.output for name, one in row.tally.models.items() if name})
    return [name for name, _tokens in used.most_common() if price_of(name, prices) is None]
