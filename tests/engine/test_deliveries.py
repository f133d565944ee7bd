"""What was kept is sent: by e-mail and webhook, signed, tried again, bounded, and never to private networks unasked."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from assistants_app.domain.signatures import signature
from assistants_app.engine.database.threads import DatabaseThreads
from assistants_app.engine.outward import posting
from assistants_app.engine.outward.deliveries import Deliveries
from assistants_app.models import Delivery, Person
from assistants_app.models.deliveries import Channel
from assistants_app.services import letters
from assistants_app.services.deliveries import PAUSES, claim_due

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def receiver(*statuses: int, hang: threading.Event | None = None) -> Iterator[tuple[str, list[Any]]]:
    got: list[Any] = []
    answers = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            if hang is not None:
                hang.wait(20)
            self.send_response(answers.pop(0) if answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_line: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook", got
    finally:
        if hang is not None:
            hang.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def private(settings: Settings) -> None:
    settings.WEBHOOKS_PRIVATE = True
    settings.REVIEW_WEBHOOK_SECRET = "hush"


def kept(address: str, channel: Channel = Channel.WEBHOOK) -> Delivery:
    now = timezone.now()
    payload = {"id": "a1", "event": "test", "comment": "Grüße"}
    more: dict[str, Any] = {"subject": "Hello", "body": "World"} if channel == Channel.EMAIL else {"payload": payload}
    return Delivery.objects.create(channel=channel, address=address, event="test", made_at=now, next_at=now, **more)


def send(after: timedelta = timedelta()) -> None:
    """One round of the engine's, so long after now, and the end of what it sends."""

    async def once() -> None:
        database = DatabaseThreads()
        deliveries = Deliveries(database=database)
        await deliveries.begin_due(timezone.now() + after)
        if deliveries._sending:
            await asyncio.wait(set(deliveries._sending))
        await asyncio.to_thread(database.close)

    asyncio.run(once())


def outcome(delivery: Delivery) -> tuple[str, int, str]:
    delivery.refresh_from_db()
    return delivery.state, delivery.attempts, delivery.outcome


def test_it_works() -> None:
    with receiver() as (url, got):
        delivery = kept(url)
        send()
    assert outcome(delivery) == ("sent", 1, "answered 200")
    assert delivery.sent_at is not None
    ((headers, body),) = got
    stamp = int(headers["webhook-timestamp"])
    assert abs(stamp - timezone.now().timestamp()) < 60
    assert headers["webhook-signature"] == signature("hush", message_id="a1", timestamp=stamp, body=body)
    assert "Grüße" in body.decode()


def test_it_is_tried_again() -> None:
    with receiver(500, 503) as (url, got):
        delivery = kept(url)
        send()
        assert outcome(delivery) == ("waiting", 1, "answered 500")
        send()  # not yet
        assert outcome(delivery) == ("waiting", 1, "answered 500")
        send(PAUSES[0])
        assert outcome(delivery) == ("waiting", 2, "answered 503")
        send(PAUSES[0] + PAUSES[1] + timedelta(seconds=5))
        assert outcome(delivery) == ("sent", 3, "answered 200")
    assert len({headers["webhook-id"] for headers, _body in got}) == 1


def test_it_is_given_up() -> None:
    delivery = kept("http://127.0.0.1:1/nobody")
    Delivery.objects.filter(pk=delivery.pk).update(attempts=len(PAUSES))
    send()
    state, attempts, said = outcome(delivery)
    assert (state, attempts) == ("failed", len(PAUSES) + 1)
    assert "ConnectError" in said


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://localhost:9/", "http://10.0.0.1/", "http://[::1]/"])
def test_private_networks_are_refused(settings: Settings, url: str) -> None:
    settings.WEBHOOKS_PRIVATE = False
    delivery = kept(url)
    send()
    state, _attempts, said = outcome(delivery)
    assert state == "failed"
    assert "private network" in said


def test_a_receiver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "ANSWER_SECONDS", 0.5)
    with receiver(hang=threading.Event()) as (url, _got):
        delivery = kept(url)
        send()
    state, attempts, said = outcome(delivery)
    assert (state, attempts) == ("waiting", 1)
    assert said == "no answer in time" or "Timeout" in said


def test_an_email(settings: Settings) -> None:
    settings.EMAIL_HOST = "mail.example.org"
    delivery = kept("erin@example.org", Channel.EMAIL)
    send()
    assert outcome(delivery) == ("sent", 1, "taken by mail.example.org")
    assert [(one.subject, one.body, one.to) for one in mail.outbox] == [("Hello", "World", ["erin@example.org"])]


def test_a_letter_about_an_account(settings: Settings) -> None:
    """It is written when it is sent; who is switched off meanwhile gets none."""
    settings.EMAIL_HOST, settings.SITE_URL = "mail.example.org", "https://assistants.example.org"
    person = Person.objects.create_user("erin", "erin@example.org", "a long walk")
    for active, state, said in (
        (True, "sent", "taken by mail.example.org"),
        (False, "failed", "too late, or not to be told any more"),
    ):
        Person.objects.update(is_active=active)
        letters.keep(letters.FORGOTTEN, [person])
        delivery = Delivery.objects.latest("pk")
        send()
        assert outcome(delivery) == (state, 1, said)
    (sent,) = mail.outbox
    assert sent.to == ["erin@example.org"]
    assert "https://assistants.example.org/sign-in/forgotten/" in sent.body


def test_a_mail_server_that_is_away(settings: Settings) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    delivery = kept("erin@example.org", Channel.EMAIL)
    send()
    state, attempts, said = outcome(delivery)
    assert (state, attempts) == ("waiting", 1)
    assert "ConnectionRefusedError" in said


def test_nonsense() -> None:
    deliveries = [kept(url) for url in ("", "ftp://example.org/", "http://", "http://exa mple.org/", "nothing")]
    send()
    assert {outcome(one)[0] for one in deliveries} == {"waiting"}
    assert all(outcome(one)[2] for one in deliveries)


def test_of_two_processes_one_sends() -> None:
    kept("https://hooks.example.org/")
    now = timezone.now()
    assert [len(claim_due(at=now)), len(claim_due(at=now))] == [1, 0]
