"""Who is told what of a review, and that a save never waits for it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, override
from pytest_django import Settings

from assistants_app.models import Assistant, Delivery, Grant, Person, Review, Role
from assistants_app.models.deliveries import Channel
from assistants_app.services.authors import Author
from assistants_app.services.news import send_test
from assistants_app.services.people import choose_language
from assistants_app.services.reviews import approve, ask_for_changes, comment
from assistants_app.services.scheduled import go_live, overtaken_reviews, tell_overtaken
from tests import make
from tests.people import granted
from tests.services.test_reviews import protected, review_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def edda(db: None) -> Person:
    return granted(Role.EDITOR, username="edda", first_name="Edda", email="edda@example.org")


@pytest.fixture
def mail(settings: Settings, erin: Person, ben: Person, olga: Person) -> None:
    """Erin and Olga have addresses, Ben has none."""
    settings.EMAIL_HOST, settings.SITE_URL = "mail.example.org", "https://assistants.example.org"
    Person.objects.filter(pk=erin.pk).update(email="erin@example.org")
    granted(Role.VIEWER, username="vera", email="vera@example.org")


@pytest.fixture
def webhook(settings: Settings) -> None:
    settings.REVIEW_WEBHOOK = "https://hooks.example.org/T0/secret"


def told() -> list[tuple[str, str]]:
    return sorted(Delivery.objects.filter(channel=Channel.EMAIL).values_list("event", "address"))


@pytest.mark.usefixtures("mail")
def test_it_works(edda: Person, erin: Person, olga: Person) -> None:
    assistant = protected()
    make.version(assistant, person=edda, note="Shorter")
    review = review_of(assistant, 2)

    assert told() == [("review.asked", "erin@example.org"), ("review.asked", "olga@example.org")]
    sent = Delivery.objects.first()
    assert sent is not None
    assert sent.subject == "Blog writer v2 waits for a review"
    assert "Edda:\n\nShorter\n" in sent.body
    assert f"https://assistants.example.org/reviews/{review.pk}/" in sent.body

    Delivery.objects.all().delete()
    ask_for_changes(review_id=review.pk, author=Author.of(erin), text="Longer!")
    comment(review_id=review.pk, author=Author.of(edda), text="Why?")
    comment(review_id=review.pk, author=Author.of(olga), text="Because.")
    assert told() == [
        ("review.changes_asked", "edda@example.org"),
        ("review.commented", "edda@example.org"),
        ("review.commented", "erin@example.org"),
        ("review.commented", "erin@example.org"),
    ]


@pytest.mark.usefixtures("webhook")
def test_the_webhook(edda: Person, erin: Person) -> None:
    assistant = protected()
    make.version(assistant, person=edda, note="Shorter")
    approve(review_id=review_of(assistant, 2).pk, author=Author.of(erin), text="Fine")

    payloads: list[Any] = [one.payload for one in Delivery.objects.order_by("pk")]
    assert [(one["event"], one["state"], one["by"], one["comment"]) for one in payloads] == [
        ("review.asked", "waiting", "Edda", "Shorter"),
        ("review.approved", "approved", "Erin Editor", "Fine"),
    ]
    assert payloads[0]["assistant"] == {"assistant_id": str(assistant.assistant_id), "name": "Blog writer"}
    assert payloads[0]["id"] != payloads[1]["id"]


def test_off(edda: Person) -> None:
    make.version(protected(), person=edda)
    assert Review.objects.filter(number=2).exists()
    assert not Delivery.objects.exists()
    assert send_test(author=Author.of(edda)) == 0


@pytest.mark.usefixtures("mail", "webhook")
def test_what_is_undone_is_not_told(edda: Person) -> None:
    assistant = protected()
    with transaction.atomic():
        make.version(assistant, person=edda)
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()


@pytest.mark.usefixtures("mail")
def test_a_name_of_two_lines_is_no_header(edda: Person, erin: Person) -> None:
    """Names were not always held to one line."""
    assistant = protected()
    make.version(assistant, person=edda)
    Assistant.objects.filter(pk=assistant.pk).update(name="Blog\nBcc: everybody@example.org")

    comment(review_id=review_of(assistant, 2).pk, author=Author.of(erin), text="Hm.")

    told = Delivery.objects.get(event="review.commented")
    assert told.subject == "Blog Bcc: everybody@example.org v2: a comment"


@pytest.mark.usefixtures("mail")
def test_in_the_language_of_its_reader(edda: Person, erin: Person, olga: Person) -> None:
    """Whatever whoever acts reads in."""
    choose_language(person=erin, language="de")
    choose_language(person=olga, language="xx")
    with override("de"):
        make.version(protected(), person=edda)
    subjects = dict(Delivery.objects.values_list("address", "subject"))
    assert subjects["olga@example.org"] == "Blog writer v2 waits for a review"
    with override("de"):
        german = gettext("%(name)s v%(number)s waits for a review")
    assert subjects["erin@example.org"] == german % {"name": "Blog writer", "number": 2}
    assert subjects["erin@example.org"] != subjects["olga@example.org"]


@pytest.mark.usefixtures("mail", "webhook")
@pytest.mark.parametrize("may", [True, False])
def test_when_its_time_has_come(edda: Person, erin: Person, may: bool) -> None:
    """Whoever takes part is told whether it is live; the one who approved it, too."""
    assistant, at = protected(), timezone.now() + timedelta(hours=1)
    make.version(assistant, person=edda)
    review = approve(review_id=review_of(assistant, 2).pk, author=Author.of(erin), live_at=at)
    if not may:
        Grant.objects.filter(person=erin).update(role=Role.VIEWER)
    Delivery.objects.all().delete()

    assert go_live(review_id=review.pk, at=at) is may
    event = "review.went_live" if may else "review.not_live"
    assert told() == [(event, "edda@example.org"), (event, "erin@example.org")]
    payload: Any = Delivery.objects.get(channel=Channel.WEBHOOK).payload
    assert (payload["event"], payload["live"], bool(payload["comment"])) == (event, may, not may)
    assert not go_live(review_id=review.pk, at=at)
    assert len(told()) == 2


@pytest.mark.usefixtures("mail", "webhook")
def test_a_newer_version_took_its_place(edda: Person, erin: Person) -> None:
    """Whoever takes part is told once, in their own language, that what they wait for will not be live."""
    assistant, at = protected(), timezone.now() + timedelta(hours=1)
    choose_language(person=erin, language="de")
    make.version(assistant, person=edda)
    review = approve(review_id=review_of(assistant, 2).pk, author=Author.of(erin), live_at=at)
    assert overtaken_reviews(at=timezone.now()) == []
    make.version(assistant, person=erin)
    Delivery.objects.all().delete()

    assert overtaken_reviews(at=timezone.now()) == [review.pk]
    assert tell_overtaken(review_id=review.pk, at=timezone.now())
    assert told() == [("review.superseded", "edda@example.org"), ("review.superseded", "erin@example.org")]
    sent = Delivery.objects.get(address="edda@example.org")
    assert sent.subject == "Blog writer v2 does not go live as planned: a newer version took its place"
    assert "It does not: Erin Editor saved v3, which takes its place." in sent.body
    payload: Any = Delivery.objects.get(channel=Channel.WEBHOOK).payload
    assert (payload["live"], payload["live_at"]) == (False, at.isoformat())
    assert "Erin Editor saved v3" in payload["comment"]

    assert (overtaken_reviews(at=timezone.now()), len(told())) == ([], 2)
    assert not tell_overtaken(review_id=review.pk, at=timezone.now())
    said = review_of(assistant, 2).comments.last()
    assert said is not None
    assert "v2 was to go live on" in said.text
    comment(review_id=review.pk, author=Author.of(edda), text="Pity.")
    late: Any = Delivery.objects.filter(channel=Channel.WEBHOOK).latest("pk").payload
    assert (late["event"], late["live"]) == ("review.commented", False)


def test_long_after_its_time_nobody_is_told(edda: Person, erin: Person) -> None:
    assistant, at = protected(), timezone.now() + timedelta(hours=1)
    make.version(assistant, person=edda)
    review = approve(review_id=review_of(assistant, 2).pk, author=Author.of(erin), live_at=at)
    make.version(assistant, person=edda)
    assert overtaken_reviews(at=at + timedelta(hours=23)) == [review.pk]
    assert overtaken_reviews(at=at + timedelta(hours=25)) == []
    assert not tell_overtaken(review_id=review.pk, at=at + timedelta(hours=25))


def test_what_went_live_is_not_overtaken(edda: Person, erin: Person) -> None:
    assistant, at = protected(), timezone.now() + timedelta(hours=1)
    make.version(assistant, person=edda)
    review = approve(review_id=review_of(assistant, 2).pk, author=Author.of(erin), live_at=at)
    assert go_live(review_id=review.pk, at=at)
    make.version(assistant, person=edda)
    assert overtaken_reviews(at=timezone.now()) == []
