"""The operators' log of what was sent."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from assistants_app.models import Delivery

pytestmark = pytest.mark.django_db

ADDRESS = "https://hooks.example.org/T0/secret-path"


def test_it_works(operator_client: Client, settings: Settings) -> None:
    settings.REVIEW_WEBHOOK, settings.EMAIL_HOST = ADDRESS, "mail.example.org"
    answer = operator_client.post(reverse("deliveries-test"), follow=True)

    assert "2 tests are on their way." in answer.text
    assert "https://hooks.example.org" in answer.text
    assert "secret-path" not in answer.text
    assert "olga@example.org" in answer.text
    assert "not signed" in answer.text
    assert {one.event for one in Delivery.objects.all()} == {"test"}


def test_nowhere_to_send(operator_client: Client) -> None:
    assert "off: EMAIL_HOST is not set" in operator_client.get("/deliveries/").text
    assert "nowhere to send" in operator_client.post(reverse("deliveries-test"), follow=True).text
    assert not Delivery.objects.exists()


def test_filters(operator_client: Client, editor_client: Client) -> None:
    now = timezone.now()
    for state, said in (("sent", "answered 200"), ("failed", "answered 500")):
        given = {"channel": "webhook", "address": ADDRESS, "event": "review.asked", "made_at": now, "outcome": said}
        Delivery.objects.create(state=state, attempts=1, **given)

    assert "answered 500" not in operator_client.get("/deliveries/?state=sent").text
    assert "answered 500" in operator_client.get("/deliveries/?state=failed&channel=webhook&page=7").text
    assert "No delivery matches" in operator_client.get("/deliveries/?channel=email").text
    assert "answered 200" in operator_client.get("/deliveries/?state=nonsense&page=x").text
    assert editor_client.get("/deliveries/").status_code == 403
