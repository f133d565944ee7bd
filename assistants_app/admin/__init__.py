"""Django's admin: everything can be looked up there; what the services guard is read-only."""

from typing import TYPE_CHECKING, Any

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from assistants_app.admin import cases, records
from assistants_app.admin.columns import name_columns
from assistants_app.admin.read_only import GraphFilter, ListedAdmin, ReadOnlyAdmin, WithSettings, as_json
from assistants_app.domain.config_values.hidden import without_secrets
from assistants_app.domain.json_values import Json
from assistants_app.models import (
    ApiKey,
    Assistant,
    AssistantVersion,
    Draft,
    Grant,
    ModelPrice,
    Person,
    Rating,
    Run,
    Sealing,
    SettingLock,
    Thread,
)
from assistants_app.services import audit, letters
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.confided import told_options
from assistants_app.services.origin import origin
from assistants_app.services.prices import save_prices

if TYPE_CHECKING:
    _UserAdmin = UserAdmin[Person]
else:
    _UserAdmin = UserAdmin

__all__ = ["cases", "records"]

name_columns()


def to_own_account(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """In place of Django's own form for one's password."""
    return redirect("account")


admin.site.site_header = _("Assistants administration")
admin.site.site_title = _("Assistants administration")
admin.site.index_title = _("Everything that is stored")
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign] # one way in: ours
admin.site.password_change = to_own_account  # type: ignore[assignment,method-assign] # ends sessions, tells the log
admin.site.unregister(Group)


@admin.register(Person)
class PersonAdmin(ListedAdmin, _UserAdmin):
    """Adding, deactivating and operators' rights are on the People page, which keeps the last operator."""

    list_display = ("username", "first_name", "last_name", "email", "is_superuser", "is_active", "last_login")
    list_filter = ("is_superuser", "is_active")
    readonly_fields = ("is_superuser", "is_staff", "is_active", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username",)}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser"), "description": _("See the People page.")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a person begins with a role

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # deactivated people keep their names in the history

    def save_model(self, request: HttpRequest, obj: Person, form: Any, change: bool) -> None:
        before = {name: form.initial.get(name) for name in form.changed_data}
        super().save_model(request, obj, form, change)
        if "username" in before:
            letters.tell(letters.NAME_CHANGED, obj)
        if "email" in before:
            letters.tell(letters.ADDRESS_CHANGED, obj, address=before["email"])
        after = {name: getattr(obj, name) for name in form.changed_data}
        kind, name = ObjectKind.PERSON, str(obj)
        audit.record(Action.PERSON_CHANGED, kind=kind, id=obj.pk, name=name, before=before, after=after)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        raise PermissionDenied(_("Nobody sets the password of somebody else. Give them a sign-in link."))


for _told_elsewhere in (EmailAddress, EmailConfirmation, SocialApp, SocialToken):
    if admin.site.is_registered(_told_elsewhere):  # the site keeps none of these
        admin.site.unregister(_told_elsewhere)
for _replaced in (Authenticator, SocialAccount, UserSession):
    admin.site.unregister(_replaced)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    exclude = ("data",)  # the secret


@admin.register(SocialAccount)
class SocialAccountAdmin(ReadOnlyAdmin):
    list_display = ("user", "provider", "date_joined", "last_login")
    list_select_related = ("user",)


@admin.register(UserSession)
class UserSessionAdmin(ReadOnlyAdmin):
    list_display = ("user", "ip", "user_agent", "created_at", "last_seen_at")
    list_select_related = ("user",)
    exclude = ("session_key", "data")


@admin.register(Assistant)
class AssistantAdmin(WithSettings):
    list_display = ("name", "graph_id", "version", "updated_at", "page")
    list_filter = ("graph_id",)
    search_fields = ("name", "description", "graph_id", "assistant_id")
    heavy = ("context", "config", "settings_schema")

    @admin.display(description=_("Page"))
    def page(self, assistant: Assistant) -> str:
        return format_html('<a href="{}">{}</a>', reverse("assistant", args=[assistant.assistant_id]), _("Open"))


@admin.register(AssistantVersion)
class AssistantVersionAdmin(WithSettings):
    """The history: versions, and the rows that record other events, such as a deletion."""

    list_display = ("name", "number", "event", "note", "author", "history_date")
    list_display_links = ("name", "number")
    list_filter = ("history_type", ("graph_id", GraphFilter))
    search_fields = ("name", "author", "history_change_reason", "assistant_id")
    heavy = ("context", "config", "metadata", "settings_schema")

    @admin.display(description=_("Note"))
    def note(self, version: AssistantVersion) -> str:
        return version.history_change_reason

    @admin.display(description=_("Event"), ordering="history_type")
    def event(self, version: AssistantVersion) -> str:
        return str({"+": _("Created"), "~": _("Changed"), "-": _("Deleted")}[version.history_type])


@admin.register(Draft)
class DraftAdmin(ReadOnlyAdmin):
    """Whose there are. What stands in them is nobody's but theirs until they save it."""

    list_display = ("person", "assistant", "base", "created_at", "updated_at", "discarded_at")
    list_select_related = ("person", "assistant")
    search_fields = ("person__username", "assistant__name")
    heavy = ("context", "settings_schema", "typed", "description", "note")
    exclude = ("context", "settings_schema", "typed", "name", "description", "tags", "note")


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Made and revoked on the page of API keys."""

    list_display = ("name", "start", "role", "state", "created_by", "created_at", "last_used_at")
    list_filter = ("role",)
    list_select_related = ("created_by",)
    search_fields = ("name", "start")
    exclude = ("digest",)


@admin.register(Thread)
class ThreadAdmin(ReadOnlyAdmin):
    list_display = ("thread_id", "title", "assistant", "owner", "status", "updated_at")
    list_filter = ("status",)
    list_select_related = ("assistant", "owner")
    search_fields = ("title", "thread_id", "assistant__name")


@admin.register(Run)
class RunAdmin(WithSettings):
    list_display = ("run_id", "assistant", "version", "status", "author", "created_at", "finished_at")
    list_filter = ("status", ("graph_id", GraphFilter))
    list_select_related = ("assistant",)
    ordering = ("-finished_at",)  # by an index: to sort a million by when they were made takes seconds
    search_fields = ("run_id", "assistant__name", "author")
    heavy = ("context", "config", "input", "command", "options")
    exclude = (*WithSettings.exclude, "options")
    readonly_fields = (*WithSettings.readonly_fields, "asked")

    @admin.display(description=_("What else it was asked for"))
    def asked(self, run: Run) -> str:
        return as_json(without_secrets(None, told_options(run.options)))

    def schema_of(self, row: Run) -> Json:
        return row.assistant.settings_schema if row.assistant else None


@admin.register(Rating)
class RatingAdmin(ReadOnlyAdmin):
    list_display = ("updated_at", "value", "note", "assistant", "version", "person", "run")
    list_filter = ("value", "updated_at", ("run__graph_id", GraphFilter))
    list_select_related = ("run__assistant", "person")
    search_fields = ("note", "run__run_id", "run__assistant__name", "person__username")
    date_hierarchy = "updated_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer(*(f"run__{name}" for name in RunAdmin.heavy))

    @admin.display(description=_("Assistant"), ordering="run__assistant__name")
    def assistant(self, rating: Rating) -> str:
        return str(rating.run.assistant or "")

    @admin.display(description=_("Version"), ordering="run__version")
    def version(self, rating: Rating) -> int | None:
        return rating.run.version


@admin.register(ModelPrice)
class ModelPriceAdmin(ListedAdmin):
    """Prices are operators' to keep: nothing else depends on them than the cost that pages show."""

    list_display = ("model", "input_price", "output_price", "cached_input_price", "currency", "updated_at")
    list_filter = ("currency",)
    search_fields = ("model",)

    def save_model(self, request: HttpRequest, obj: ModelPrice, form: Any, change: bool) -> None:
        save_prices(saved=[obj], removed=[], author=origin().author)

    def delete_model(self, request: HttpRequest, obj: ModelPrice) -> None:
        save_prices(saved=[], removed=[obj], author=origin().author)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ModelPrice]) -> None:
        save_prices(saved=[], removed=list(queryset), author=origin().author)


@admin.register(SettingLock)
class SettingLockAdmin(ReadOnlyAdmin):
    """Set on a graph's page."""

    list_display = ("graph_id", "pointer", "role", "hidden", "set_by", "set_at")
    list_filter = ("graph_id", "role", "hidden")
    list_select_related = ("set_by",)


@admin.register(Sealing)
class SealingAdmin(ReadOnlyAdmin):
    """Begun by hiding a setting, ended by the engine."""

    list_display = ("graph_id", "seen", "total", "again", "begun_at", "due_at")


@admin.register(Grant)
class GrantAdmin(ReadOnlyAdmin):
    """Given and taken on a person's page."""

    list_display = ("person", "role", "scope", "given_by", "given_at")
    list_filter = ("role",)
    list_select_related = ("person", "assistant", "given_by")
    search_fields = ("person__username", "graph_id", "tag", "assistant__name")
