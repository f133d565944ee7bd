"""What the site keeps for itself: the audit log, workers, crons, tallies, and what processes tell each other."""

from django.contrib import admin
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from assistants_app.admin.read_only import ReadOnlyAdmin, as_json
from assistants_app.domain.config_values.hidden import without_secrets
from assistants_app.models import (
    AssistantTally,
    AuditEntry,
    AuthorTally,
    CachedValue,
    Counting,
    Cron,
    Delivery,
    EndedRun,
    GraphTally,
    RelayedPart,
    Review,
    ReviewComment,
    Signal,
    Vote,
    Worker,
)
from assistants_app.models.audit import Action, Face
from assistants_app.services.confided import told_options


@admin.register(Vote)
class VoteAdmin(ReadOnlyAdmin):
    list_display = ("updated_at", "value", "assistant", "first_version", "second_version", "person")
    list_filter = ("value", "updated_at")
    list_select_related = ("assistant", "person")
    search_fields = ("assistant__name", "person__username")
    date_hierarchy = "updated_at"


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """The audit log has a page of its own, with filters and export."""

    list_display = ("at", "who", "done", "object_name", "door", "address")
    ordering = ("-at", "-id")
    heavy = ("before", "after")

    @admin.display(description=_("action"), ordering="action")
    def done(self, entry: AuditEntry) -> str:
        return _word(Action, entry.action)

    @admin.display(description=_("by way of"), ordering="face")
    def door(self, entry: AuditEntry) -> str:
        return _word(Face, entry.face)


def _word(words: type[TextChoices], said: str) -> str:
    """What a column says in words; as it is, where another release wrote it."""
    return str(words(said).label) if said in words else said


@admin.register(Cron)
class CronAdmin(ReadOnlyAdmin):
    list_display = ("schedule", "problem", "timezone", "assistant", "enabled", "next_run_date", "author")
    list_filter = ("enabled",)
    list_select_related = ("assistant",)
    search_fields = ("schedule", "author", "assistant__name")
    exclude = ("payload",)
    readonly_fields = ("problem", "asked")

    @admin.display(description=_("Will not run because"))
    def problem(self, cron: Cron) -> str:
        return cron.problem

    @admin.display(description=_("What each run is asked for"))
    def asked(self, cron: Cron) -> str:
        return as_json(without_secrets(None, told_options(cron.payload)))


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    list_display = ("host", "pid", "kind", "concurrency", "started_at", "heartbeat_at", "lost_at")
    list_filter = ("kind",)
    search_fields = ("host",)


@admin.register(GraphTally, AssistantTally)
class TallyAdmin(ReadOnlyAdmin):
    list_display = ("start", "span", "graph_id", "runs", "failed", "timed_out", "cancelled")
    list_filter = ("span",)
    search_fields = ("graph_id",)
    ordering = ("-span", "-start")  # an index backwards: hours, then days
    heavy = ("details",)


@admin.register(AuthorTally)
class AuthorTallyAdmin(ReadOnlyAdmin):
    list_display = ("start", "author", "runs", "errors")
    search_fields = ("author",)
    ordering = ("-start", "-author")


@admin.register(EndedRun)
class EndedRunAdmin(ReadOnlyAdmin):
    """Those that are in no tally yet: a few seconds' worth."""

    list_display = ("finished_at", "run_id", "graph_id", "status", "author")
    search_fields = ("run_id", "graph_id")
    heavy = ("usage",)


@admin.register(Counting)
class CountingAdmin(ReadOnlyAdmin):
    list_display = ("generation", "uncounted_before")


@admin.register(RelayedPart)
class RelayedPartAdmin(ReadOnlyAdmin):
    """Without what they tell: that is said in somebody's thread."""

    list_display = ("at", "run_id", "part", "last", "ended")
    exclude = ("told",)
    heavy = ("told",)


@admin.register(Signal)
class SignalAdmin(ReadOnlyAdmin):
    list_display = ("at", "id")
    exclude = ("told",)
    heavy = ("told",)


@admin.register(CachedValue)
class CachedValueAdmin(ReadOnlyAdmin):
    """What processes count for each other. Without the values, which may tell of people."""

    exclude = ("value",)


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    """Decided on the pages of reviews."""

    list_display = ("assistant", "number", "state", "asked_by_label", "asked_at", "decided_by_label", "went_live_at")
    list_filter = ("state",)
    list_select_related = ("assistant",)
    search_fields = ("assistant__name", "asked_by_label", "decided_by_label")


@admin.register(ReviewComment)
class ReviewCommentAdmin(ReadOnlyAdmin):
    list_display = ("review", "decision", "author_label", "at", "text")
    list_select_related = ("review__assistant",)
    search_fields = ("text", "author_label", "review__assistant__name")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("event", "channel", "to", "state", "attempts", "outcome", "made_at", "sent_at")
    list_filter = ("channel", "state")
    search_fields = ("address", "event", "subject")
    exclude = ("address",)
    readonly_fields = ("to",)

    @admin.display(description=_("To"))
    def to(self, delivery: Delivery) -> str:
        return delivery.told_address
