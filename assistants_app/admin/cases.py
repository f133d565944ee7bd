"""Test cases and how they went, to look at: they are made, run and deleted on their assistant's page."""

from django.contrib import admin

from assistants_app.admin.read_only import ReadOnlyAdmin
from assistants_app.models import Case, CaseResult, Trial


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    list_display = ("name", "assistant", "edition", "author", "updated_at")
    list_select_related = ("assistant",)
    search_fields = ("name", "assistant__name")
    heavy = ("input", "checks")


@admin.register(Trial)
class TrialAdmin(ReadOnlyAdmin):
    """Without the settings, which may hold what is not for this page."""

    list_display = ("created_at", "assistant", "version", "status", "author", "finished_at")
    list_filter = ("status",)
    list_select_related = ("assistant",)
    search_fields = ("trial_id", "assistant__name", "author")
    exclude = ("settings",)
    heavy = ("settings",)


@admin.register(CaseResult)
class CaseResultAdmin(ReadOnlyAdmin):
    list_display = ("name", "trial", "status", "began_at", "finished_at")
    list_filter = ("status",)
    list_select_related = ("trial",)
    search_fields = ("name", "trial__trial_id")
    heavy = ("input", "checks", "answer", "outcomes")
