"""Rows to look at, as Django's admin shows them."""

import json
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.paginator import Paginator
from django.db.models import JSONField, Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from assistants_app.domain.config_values.hidden import without_secrets
from assistants_app.domain.form_spec import read_schema
from assistants_app.domain.json_values import Json
from assistants_app.models import Assistant
from assistants_app.models.fields import JsonTextField

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    _Paginator = Paginator[Any]
else:
    _ModelAdmin = admin.ModelAdmin
    _Paginator = Paginator


class BoundedPaginator(_Paginator):
    """Counts no further than somebody leafs: to count ten million rows takes longer than to show any of them."""

    MOST = 10_000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: self.MOST].count())


class GraphFilter(admin.AllValuesFieldListFilter):
    """By the graphs that assistants have: to see which ones a million runs are of takes seconds."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        graphs = Assistant.objects.order_by("graph_id").values_list("graph_id", flat=True).distinct()
        self.lookup_choices: Any = list(graphs)


class ListedAdmin(_ModelAdmin):
    """A list whose address may say anything."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        if any("\0" in value for _name, values in request.GET.lists() for value in values):
            raise IncorrectLookupParameters  # no row holds it, and PostgreSQL refuses to look
        return super().get_changelist_instance(request)


class ReadOnlyAdmin(ListedAdmin):
    """To look at. Changes are the services' alone: they keep versions, history and threads in order."""

    list_per_page = 50
    show_full_result_count = False
    paginator = BoundedPaginator
    heavy: tuple[str, ...] = ()
    """Columns that can be megabytes long: the list does without them."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request)
        match = request.resolver_match
        return found.defer(*self.heavy) if match and str(match.url_name).endswith("_changelist") else found

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Values of JSON as JSON: Django shows those of our own kind of column as Python has them."""
        columns: Any = {field.name: field for field in self.model._meta.concrete_fields}
        of_json = {name for name, field in columns.items() if isinstance(field, JsonTextField | JSONField)}
        return [_in_json(columns[name]) if name in of_json else name for name in super().get_fields(request, obj)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class WithSettings(ReadOnlyAdmin):
    """Rows that hold settings: shown as JSON with their secrets masked."""

    exclude: ClassVar[tuple[str, ...]] = ("context", "config")
    readonly_fields: ClassVar[tuple[str, ...]] = ("settings", "options_of_runs")

    def schema_of(self, row: Any) -> Json:
        return row.settings_schema

    @admin.display(description=_("Settings"))
    def settings(self, row: Any) -> str:
        schema = self.schema_of(row)
        return as_json(without_secrets(read_schema(schema) if schema else None, row.context))

    @admin.display(description=_("Run options"))
    def options_of_runs(self, row: Any) -> str:
        return as_json(without_secrets(None, row.config))


def _in_json(column: Any) -> Any:
    """A column of a row's page, with the name and the help of `column`."""

    @admin.display(description=column.verbose_name)
    def shown(row: Any) -> str:
        value = getattr(row, column.attname)
        return admin.site.empty_value_display if value is None else as_json(value)

    shown.__name__ = column.name
    return shown


def as_json(value: Json) -> str:
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))
