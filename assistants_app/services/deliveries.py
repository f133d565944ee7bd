"""What was kept to be sent: taken up by one process at a time, tried again with longer and longer pauses, given up."""

from datetime import datetime, timedelta

from django.utils import timezone

from assistants_app.models import Delivery
from assistants_app.models.deliveries import DeliveryState

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 6 * 3600))
"""Before each further attempt. A process that dies while it sends leaves the delivery to that next one."""

AT_ONCE = 20
KEPT = timedelta(days=90)
"""How long what was sent or given up stands in the log."""


def claim_due(*, at: datetime) -> list[Delivery]:
    """Those that this process is to send now; each is claimed by one process, whose attempt counts."""
    claimed = []
    for delivery in list(Delivery.objects.due(at)[:AT_ONCE]):
        pause = PAUSES[min(delivery.attempts, len(PAUSES) - 1)]
        mine = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING, next_at=delivery.next_at)
        if mine.update(attempts=delivery.attempts + 1, next_at=at + pause):
            delivery.attempts += 1
            claimed.append(delivery)
    if claimed:
        Delivery.objects.exclude(state=DeliveryState.WAITING).filter(made_at__lt=at - KEPT).delete()
    return claimed


def record_outcome(*, delivery: Delivery, sent: bool, outcome: str, final: bool = False) -> None:
    """`final`: trying again would not help."""
    given: dict[str, object] = {"outcome": outcome[:2_000]}
    if sent:
        given |= {"state": DeliveryState.SENT, "sent_at": timezone.now(), "next_at": None}
    elif final or delivery.attempts > len(PAUSES):
        given |= {"state": DeliveryState.FAILED, "next_at": None}
    Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING, attempts=delivery.attempts).update(**given)
