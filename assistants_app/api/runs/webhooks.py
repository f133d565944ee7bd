"""Webhooks: the address that a run names is told of its end, with its values.

A stranger must not have the server call what only the server can reach, so an address that is not public is refused
when the run is asked for, and again whenever a connection is made: names may lead elsewhere by then. Redirects are
not followed.
"""

import asyncio
import json
import logging
import re
from collections.abc import Coroutine, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from assistants_app.api.errors import unprocessable
from assistants_app.api.payloads.runs import run_payload
from assistants_app.api.server_config import server_config
from assistants_app.domain.errors import SecretNotOpened
from assistants_app.domain.public_addresses import is_public
from assistants_app.engine import engine
from assistants_app.engine.events.encoding import encode
from assistants_app.engine.outward.posting import NotPublic, addresses, post
from assistants_app.models import Run
from assistants_app.services.confided import HIDDEN, opened_webhook
from assistants_app.services.runs import RunEnd

logger = logging.getLogger(__name__)

_PLAIN = re.compile(r"[!-~]{1,2000}")
"""What an address consists of; parsers leave out or keep, each in its way, what is beside it."""

RESOLVE_SECONDS = 3.0
PAUSES = (1.0, 5.0)
"""Seconds before each further attempt."""
AT_ONCE = 20

_sending: set["asyncio.Task[None]"] = set()


async def check_webhook(url: str) -> None:
    """Raises ApiError (422) for what is no address on the public internet. A name that nobody knows may become one."""
    if url.endswith(HIDDEN):  # as it was told
        raise unprocessable("webhook: what follows its path is told to nobody; name the whole address again")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or not _PLAIN.fullmatch(url):
        raise unprocessable("webhook: must be an address that begins with http:// or https://")
    if "@" in parts.netloc:  # it would be kept and shown as it is, and not be sent
        raise unprocessable("webhook: must have no name and no password before its host")
    if settings.WEBHOOKS_PRIVATE:
        return
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await addresses(host, 0)
    except UnicodeError:
        raise unprocessable("webhook: its host is no name") from None
    except (OSError, TimeoutError):
        return  # it will be looked up, and checked, when it is called
    if not all(map(is_public, found)):
        raise unprocessable("webhook: leads to this machine or to a private network (ASSISTANTS_WEBHOOKS_PRIVATE)")


def send_webhooks() -> None:
    """From now on, tell of the runs that end in this process. Calling it again does nothing."""
    if _tell not in engine().on_run_end:
        engine().on_run_end.append(_tell)


def _tell(run: Run, end: RunEnd) -> None:
    if not run.options.get("webhook") or end.rollback or server_config().http.disable_webhooks:
        return
    try:
        url = str(opened_webhook(run.options))
    except SecretNotOpened as error:
        logger.warning("webhook of run %s is not sent: %s", run.run_id, error.message)
        return
    sending = post_safely(url, encode(webhook_payload(run, end)), about=f"webhook of run {run.run_id}")
    keep_sending(sending, f"webhook {run.run_id}")


def keep_sending(work: Coroutine[Any, Any, None], name: str) -> None:
    """Do it beside everything else, in the loop that runs."""
    task = asyncio.get_running_loop().create_task(work, name=name)
    _sending.add(task)
    task.add_done_callback(_sending.discard)


def webhook_payload(run: Run, end: RunEnd) -> dict[str, Any]:
    """The run as the API tells it, how it ended, and what its thread holds."""
    now = datetime.now(UTC)
    return {
        **run_payload(run),
        "status": end.status,
        "error": end.error,
        "values": json.loads(end.held.values) if end.held else None,
        "run_started_at": run.started_at,
        "run_ended_at": now,
        "webhook_sent_at": now,
    }


async def post_safely(url: str, content: bytes, *, about: str, headers: Iterable[tuple[str, str]] = ()) -> None:
    """A few attempts in bounded time, to public addresses alone; what fails then is in the log."""
    if len(_sending) > AT_ONCE * 10:
        logger.error("%s is not sent: too many wait already", about)
        return
    for pause in (*PAUSES, None):
        try:
            status = await post(url, content, headers)
        except NotPublic:
            logger.warning("%s leads to no public address", about)
            return
        except Exception as error:  # whatever a network and a stranger's server may do
            problem = f"{type(error).__name__}: {error}"
        else:
            if status < 300:
                return
            problem = f"it answered {status}"
            if status < 500 and status != 429:
                break
        if pause is not None:
            await asyncio.sleep(pause)
    logger.warning("%s failed: %s", about, problem)
