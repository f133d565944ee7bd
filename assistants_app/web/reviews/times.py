"""The time for which a version is approved, as a person types it: in the time zone that the page says."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from assistants_app.domain.errors import InvalidText

LONGEST_ZONE = 64
"""The longest that there is has half of it. Python looks for one in its packages, as deep as the name has parts."""


def zone_in(form: QueryDict) -> str:
    """The zone of the reader, which the page's script fills in; UTC where it did not, or named none."""
    name = form.get("zone", "")
    try:
        return str(ZoneInfo(name)) if 0 < len(name) <= LONGEST_ZONE else "UTC"
    except (ValueError, KeyError, OSError):
        return "UTC"


def asked_time(form: QueryDict) -> datetime | None:
    """None for at once. Raises InvalidText for what is no time there."""
    if not form.get("later"):
        return None
    zone = ZoneInfo(zone_in(form))
    try:
        typed = datetime.fromisoformat(form.get("live_at", ""))
        if typed.tzinfo is not None:
            raise ValueError
        found = typed.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidText("live_at", _("Write a date and a time.")) from None
    if found.astimezone(zone).replace(tzinfo=None) != typed:
        said = _("In %(zone)s the clocks are put forward over this time. Choose another.")
        raise InvalidText("live_at", said % {"zone": zone})
    return found
