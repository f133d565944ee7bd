"""The names of what entries hold, for translators: a key such as `expires_at` is read as "Expires at" (`shown.Change`).

They are looked up by what the services call them; a name that is missing here is shown in English.
"""

from django.utils.translation import gettext_noop

NAMES = (
    gettext_noop("Approval"),
    gettext_noop("Asked"),
    gettext_noop("Attempt"),
    gettext_noop("By"),
    gettext_noop("Cases"),
    gettext_noop("Characters"),
    gettext_noop("Count"),
    gettext_noop("Enabled"),
    gettext_noop("End time"),
    gettext_noop("Expires at"),
    gettext_noop("Failures"),
    gettext_noop("Folder"),
    gettext_noop("Letter"),
    gettext_noop("Link to"),
    gettext_noop("Names"),
    gettext_noop("On run completed"),
    gettext_noop("Reason"),
    gettext_noop("Requests per minute"),
    gettext_noop("Schedule"),
    gettext_noop("Second version"),
    gettext_noop("Timezone"),
    gettext_noop("Username"),
    gettext_noop("Vote"),
    gettext_noop("Worker"),
)
