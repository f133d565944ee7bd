"""Who did what, when and from where: the audit log. The database itself lets nobody change it: see `immutability`.

Rows name people, keys and objects by plain ids and by what they were called, so that nothing goes with what goes.
"""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assistants_app.models.fields import JsonTextField


class Who(models.TextChoices):
    """What somebody is who acts."""

    PERSON = "person", _("Person")
    KEY = "key", _("API key")
    PROGRAM = "program", _("Program")
    COMMAND = "command", _("Command line")
    SYSTEM = "system", _("The site itself")
    STRANGER = "stranger", _("Not signed in")


class Face(models.TextChoices):
    """The door by which a change came."""

    PAGE = "page", _("Page")
    API = "api", _("API")
    ADMIN = "admin", _("Administration")
    COMMAND = "command", _("Command")
    SYSTEM = "system", _("The site itself")


class ObjectKind(models.TextChoices):
    ASSISTANT = "assistant", _("Assistant")
    THREAD = "thread", _("Thread")
    RUN = "run", _("Run")
    CRON = "cron", _("Cron")
    CASE = "case", _("Test case")
    TRIAL = "trial", _("Trial of test cases")
    PERSON = "person", _("Person")
    KEY = "key", _("API key")
    PRICE = "price", _("Model price")
    GRAPH = "graph", _("Graph")
    ROLE = "role", _("Role")
    PAGE = "page", _("Address")
    SITE = "site", _("Site")


class Action(models.TextChoices):
    """Everything that the log can tell: a closed vocabulary, in words for people."""

    ASSISTANT_CREATED = "assistant.created", _("Assistant made")
    ASSISTANT_SAVED = "assistant.saved", _("Version saved")
    ASSISTANT_RESTORED = "assistant.restored", _("Version restored")
    ASSISTANT_MADE_LIVE = "assistant.made_live", _("Version made live")
    PROTECTION_CHANGED = "assistant.protection_changed", _("Approval of versions changed")
    REVIEW_APPROVED = "review.approved", _("Version approved")
    REVIEW_CHANGES_ASKED = "review.changes_asked", _("Changes asked for")
    REVIEW_UNSCHEDULED = "review.unscheduled", _("Going live later taken back")
    REVIEW_ASKED_AGAIN = "review.asked_again", _("Review asked for again")
    REVIEW_COMMENTED = "review.commented", _("Review commented")
    PROPOSAL_ASKED = "assistant.proposal_asked", _("Changed settings asked of a model")
    ASSISTANT_OWNER_CHANGED = "assistant.owner_changed", _("Owner changed")
    ASSISTANT_DELETED = "assistant.deleted", _("Assistant deleted")
    ASSISTANTS_EXPORTED = "assistants.exported", _("Assistants exported")
    ASSISTANTS_IMPORTED = "assistants.imported", _("Assistants imported")
    THREAD_DELETED = "thread.deleted", _("Thread deleted")
    THREAD_ANSWERED = "thread.answered", _("Question of a graph answered")
    VOTED = "assistant.voted", _("Vote between two answers")
    RUN_CANCELLED = "run.cancelled", _("Run cancelled")
    RUN_TAKEN_BACK = "run.taken_back", _("Run taken from its process")
    RUN_DELETED = "run.deleted", _("Run deleted")
    CRON_CREATED = "cron.created", _("Cron made")
    CRON_CHANGED = "cron.changed", _("Cron changed")
    CRON_DELETED = "cron.deleted", _("Cron deleted")
    CASE_CREATED = "case.created", _("Test case made")
    CASE_CHANGED = "case.changed", _("Test case changed")
    CASE_DELETED = "case.deleted", _("Test case deleted")
    CASES_IMPORTED = "cases.imported", _("Test cases imported")
    TRIAL_BEGUN = "trial.begun", _("Test cases run")
    TRIAL_CANCELLED = "trial.cancelled", _("Trial of test cases cancelled")
    PERSON_ADDED = "person.added", _("Person added")
    PERSON_INVITED = "person.invited", _("Person invited")
    PERSON_CHANGED = "person.changed", _("Person changed")
    PERSON_ROLE_CHANGED = "person.role_changed", _("Person’s role changed")
    PERSON_DEACTIVATED = "person.deactivated", _("Person kept from signing in")
    PERSON_ACTIVATED = "person.activated", _("Person let in again")
    PERSON_LINK_MADE = "person.link_made", _("Sign-in link made")
    PASSWORD_CHANGED = "person.password_changed", _("Password changed")
    PASSWORD_LINK_ASKED = "person.password_link_asked", _("Link for a new password asked for")
    ADDRESS_ASKED = "person.address_asked", _("Change of one’s e-mail address asked for")
    SECOND_FACTOR_ADDED = "person.second_factor_added", _("Second factor added")
    SECOND_FACTOR_REMOVED = "person.second_factor_removed", _("Second factor removed")
    SIGNED_IN = "session.began", _("Signed in")
    SIGNED_OUT = "session.ended", _("Signed out")
    SESSIONS_ENDED = "session.all_ended", _("Signed out everywhere")
    SIGN_IN_FAILED = "session.refused", _("Sign-in failed")
    KEY_CREATED = "key.created", _("API key made")
    KEY_REVOKED = "key.revoked", _("API key revoked")
    KEY_REJECTED = "key.rejected", _("API key rejected")
    REFUSED = "refused", _("Refused")
    ROLE_GRANTED = "role.granted", _("Role granted")
    ROLE_TAKEN = "role.taken", _("Role taken")
    POLICY_CHANGED = "policy.changed", _("Policy changed")
    PRICE_ADDED = "price.added", _("Price added")
    PRICE_CHANGED = "price.changed", _("Price changed")
    PRICE_DELETED = "price.deleted", _("Price deleted")
    SECRETS_ROTATED = "secrets.rotated", _("Secrets encrypted anew")
    SITE_MOVED = "site.moved", _("Site moved to PostgreSQL")
    SITE_BACKED_UP = "site.backed_up", _("Site backed up")
    AUDIT_EXPORTED = "audit.exported", _("Audit log exported")
    AUDIT_EXPIRED = "audit.expired", _("Old audit entries deleted")


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def newest_first(self) -> Self:
        return self.order_by("-at", "-id")

    def of_object(self, kind: ObjectKind, object_id: object) -> Self:
        return self.filter(object_kind=kind, object_id=str(object_id))

    def by(self, kind: str, who_id: str) -> Self:
        return self.filter(who_kind=kind, who_id=who_id)

    def before_entry(self, at: datetime, entry_id: int) -> Self:
        """Those that come after it in the order of `newest_first`. An index on `at` finds them at once."""
        return self.filter(Q(at__lt=at) | Q(id__lt=entry_id), at__lte=at)

    def after_entry(self, at: datetime, entry_id: int) -> Self:
        return self.filter(Q(at__gt=at) | Q(id__gt=entry_id), at__gte=at)


AuditManager = models.Manager.from_queryset(AuditQuerySet)


class AuditEntry(models.Model):
    """One thing that somebody did. `before` and `after` hold what changed alone, secrets masked, long values cut."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    who_kind = models.CharField(max_length=12)
    who_id = models.CharField(max_length=200, blank=True)
    who = models.CharField(max_length=200)
    action = models.CharField(max_length=40)
    object_kind = models.CharField(max_length=20, blank=True)
    object_id = models.CharField(max_length=200, blank=True)
    object_name = models.CharField(max_length=200, blank=True)
    face = models.CharField(max_length=12)
    address = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=200, blank=True)
    before = JsonTextField(null=True)
    after = JsonTextField(null=True)

    objects = AuditManager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["at"], name="audit_at"),
            models.Index(fields=["action", "at"], name="audit_action"),
            models.Index(fields=["object_kind", "object_id", "at"], name="audit_object"),
            models.Index(fields=["who_kind", "who_id", "at"], name="audit_who"),
            models.Index(fields=["face", "at"], name="audit_face"),
            models.Index(fields=["object_kind", "at"], name="audit_kind"),
            models.Index(fields=["who_kind", "at"], name="audit_who_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.who}: {self.action} {self.object_name}".strip()
