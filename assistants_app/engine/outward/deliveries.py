"""Sends what people and programs are to be told: each delivery in bounded time, beside everything else."""

import asyncio
import contextvars
import json
import logging
import time
from datetime import datetime
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage

from assistants_app.domain.signatures import signature
from assistants_app.engine.background import ended
from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.engine.outward.posting import NotPublic, post
from assistants_app.models import Delivery
from assistants_app.models.deliveries import Channel
from assistants_app.services.deliveries import claim_due, record_outcome
from assistants_app.services.letters import written

logger = logging.getLogger(__name__)


class Deliveries:
    """Lives in the engine's loop."""

    def __init__(self, *, database: DatabaseThreads) -> None:
        self._database = database
        self._sending: set[asyncio.Task[None]] = set()

    async def begin_due(self, at: datetime) -> None:
        """Take up what is due, and send it in tasks of its own."""
        for delivery in await self._database.call(claim_due, at=at):
            context = contextvars.Context()
            task = asyncio.get_running_loop().create_task(self._send(delivery), name="delivery", context=context)
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def close(self) -> None:
        """What is being sent is left to the next attempt."""
        await ended(*self._sending)

    async def _send(self, delivery: Delivery) -> None:
        try:
            sent, final, outcome = await (
                _post(delivery) if delivery.channel == Channel.WEBHOOK else self._mail(delivery)
            )
        except Exception as error:  # the edge of this task: whatever a network and a stranger's server may do
            sent, final, outcome = False, False, f"{type(error).__name__}: {error}".rstrip(": ")
        if not sent:
            logger.warning("delivery %s to %s failed: %s", delivery.pk, delivery.channel, outcome)
        await self._database.call(record_outcome, delivery=delivery, sent=sent, outcome=outcome, final=final)

    async def _mail(self, delivery: Delivery) -> tuple[bool, bool, str]:
        if not settings.EMAIL_HOST:
            return False, True, "e-mail is switched off (EMAIL_HOST)"
        letter = await self._database.call(written, delivery=delivery)
        if letter is None:
            return False, True, "too late, or not to be told any more"
        message = EmailMessage(letter.subject, letter.body, to=[delivery.address])
        try:
            await asyncio.to_thread(message.send)
        except (SMTPException, OSError, ValueError) as error:
            return False, isinstance(error, ValueError), f"{type(error).__name__}: {error}"
        return True, False, f"taken by {settings.EMAIL_HOST}"


async def _post(delivery: Delivery) -> tuple[bool, bool, str]:
    """Whether it is sent, whether trying again is of no use, and what came of it."""
    payload = delivery.payload if isinstance(delivery.payload, dict) else {}
    body = json.dumps(payload, ensure_ascii=False).encode()
    message_id, now = str(payload.get("id", delivery.pk)), int(time.time())
    headers = [("webhook-id", message_id), ("webhook-timestamp", str(now))]
    if secret := settings.REVIEW_WEBHOOK_SECRET:
        headers.append(("webhook-signature", signature(secret, message_id=message_id, timestamp=now, body=body)))
    try:
        status = await post(delivery.address, body, headers)
    except NotPublic:
        return False, True, "leads to this machine or to a private network (ASSISTANTS_WEBHOOKS_PRIVATE)"
    except TimeoutError:
        return False, False, "no answer in time"
    return 200 <= status < 300, False, f"answered {status}"
