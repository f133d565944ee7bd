"""The pages of reviews: the inbox, one request, and the switch that protects an assistant."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assistants_app.domain.drafts import Written
from assistants_app.models import Assistant, Person, Protection, Review, Role
from assistants_app.services.authors import SYSTEM
from assistants_app.services.drafts import draft_of, keep_draft
from assistants_app.services.reviews import set_protection
from tests import make
from tests.people import SignIn, granted

pytestmark = pytest.mark.django_db


@pytest.fixture
def edda(db: None) -> Person:
    return granted(Role.EDITOR, username="edda", first_name="Edda")


@pytest.fixture
def assistant(db: None) -> Assistant:
    made = make.assistant(name="Blog writer")
    set_protection(assistant_id=made.assistant_id, protection=Protection.PUBLISHER, author=SYSTEM)
    made.refresh_from_db()
    return made


def waiting(assistant: Assistant, person: Person, **more: Any) -> Review:
    number = make.version(assistant, person=person, **more).number
    return Review.objects.get(assistant=assistant, number=number)


def page_of(name: str, review: Review) -> str:
    return reverse(name, args=[review.pk])


def live(assistant: Assistant) -> int:
    return Assistant.objects.get(pk=assistant.pk).version


def test_it_works(assistant: Assistant, edda: Person, erin: Person, sign_in: SignIn) -> None:
    review = waiting(assistant, edda, note="Shorter, please")
    publisher = sign_in(erin)

    for address in ("/", "/reviews/"):
        assert f'href="{page_of("review", review)}"' in publisher.get(address).text
    page = publisher.get(page_of("review", review)).text
    assert "Shorter, please" in page
    assert "Changes against the live v1" in page
    assert "Approve and make live" in page

    answer = publisher.post(page_of("review-approve", review), {"text": "Fine", "against": "1"}, follow=True)
    assert "Approved, and live now." in answer.text
    assert "Changes against v1, which was live then" in answer.text
    assert live(assistant) == 2
    assert page_of("review", review) not in publisher.get("/reviews/").text
    assert page_of("review", review) in publisher.get("/reviews/?show=decided").text
    assert page_of("review", review) in sign_in(edda).get("/reviews/?show=asked").text


def test_what_was_typed_stays(assistant: Assistant, edda: Person, erin: Person, sign_in: SignIn) -> None:
    review = waiting(assistant, edda)
    answer = sign_in(erin).post(page_of("review-changes", review), {"text": " "})
    assert answer.status_code == 422
    assert "Say what should change" in answer.text

    waiting(assistant, edda)
    answer = sign_in(erin).post(page_of("review-approve", review), {"text": "Looks <good>", "against": "1"})
    assert answer.status_code == 409
    assert "v2 is superseded" in answer.text
    assert "Looks &lt;good&gt;" in answer.text
    assert live(assistant) == 1


def test_the_author_sees_that_changes_are_asked_for(
    assistant: Assistant, edda: Person, erin: Person, sign_in: SignIn
) -> None:
    review, author = waiting(assistant, edda), sign_in(edda)
    mine = f'href="{page_of("review", review)}"'
    assert mine not in author.get("/").text, "nothing to be done by them yet"

    sign_in(erin).post(page_of("review-changes", review), {"text": "Friendlier, please"})
    for address in ("/", "/reviews/"):
        assert mine in author.get(address).text
        assert mine not in sign_in(erin).get(address).text

    waiting(assistant, edda)
    assert mine not in author.get("/").text, "superseded"


def test_what_was_compared_is_what_is_approved(assistant: Assistant, erin: Person, sign_in: SignIn) -> None:
    review = waiting(assistant, erin)
    answer = sign_in(erin).post(page_of("review-approve", review), {"against": "7"})
    assert answer.status_code == 409
    assert "v1 went live meanwhile; you compared with v7" in answer.text


def test_the_author_is_told_why_not(assistant: Assistant, erin: Person, ben: Person, sign_in: SignIn) -> None:
    set_protection(assistant_id=assistant.assistant_id, protection=Protection.OTHER, author=SYSTEM)
    review = waiting(assistant, erin)

    page = sign_in(erin).get(page_of("review", review)).text
    assert "You saved v2 yourself" in page
    assert "Approve and make live" not in page
    assert sign_in(erin).post(page_of("review-approve", review), {"against": "1"}).status_code == 403
    assert page_of("review", review) not in sign_in(erin).get("/reviews/").text
    assert page_of("review", review) in sign_in(ben).get("/reviews/").text


def test_the_list_of_versions_says_it(assistant: Assistant, edda: Person, erin: Person, sign_in: SignIn) -> None:
    for _number in range(2):
        waiting(assistant, edda)
    page = sign_in(erin).get(reverse("assistant-versions", args=[assistant.assistant_id])).text
    assert ("Waiting</span>" in page, "Superseded</span>" in page, "Approved</span>" in page) == (True, True, True)
    assert reverse("assistant-make-live", args=[assistant.assistant_id, 3]) not in page

    answer = sign_in(erin).post(reverse("assistant-make-live", args=[assistant.assistant_id, 3]), follow=True)
    assert "v3 cannot go live before a publisher has approved it" in answer.text
    answer = sign_in(erin).post(reverse("assistant-restore", args=[assistant.assistant_id, 2]), follow=True)
    assert "v2 cannot go live before a publisher has approved it" in answer.text
    assert live(assistant) == 1


def test_saving_says_that_it_waits(assistant: Assistant, erin: Person, sign_in: SignIn) -> None:
    client = sign_in(erin)
    assert "Protected: waits for approval" in client.get(reverse("assistant-edit", args=[assistant.assistant_id])).text
    renamed = {"name": "Other", "description": ""}
    answer = client.post(reverse("assistant-rename", args=[assistant.assistant_id]), renamed, follow=True)
    assert "Saved as v2; a publisher makes it live." in answer.text
    assert page_of("review", Review.objects.get(number=2)) in answer.text


def test_protecting(edda: Person, erin: Person, sign_in: SignIn) -> None:
    made = make.assistant()
    address = reverse("assistant-protect", args=[made.assistant_id])
    client = sign_in(erin)

    assert "Choose who has to approve" in client.post(address, {"protection": "everybody"}, follow=True).text
    assert "Protected: from now on" in client.post(address, {"protection": "other"}, follow=True).text
    assert "Nothing changed." in client.post(address, {"protection": "other"}, follow=True).text
    assert Assistant.objects.get().protection == "other"
    assert sign_in(edda).post(address, {"protection": ""}).status_code == 403
    page = sign_in(edda).get(reverse("assistant", args=[made.assistant_id])).text
    assert "Every version waits for: A publisher who did not save it." in page
    assert "Not protected any more" in client.post(address, {"protection": ""}, follow=True).text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("show=open&state=waiting", True),
        ("show=open&state=changes", False),
        ("show=open&q=edda+blog", True),
        ("q=nobody", False),
        ("show=decided&state=stale", False),
        ("show=nonsense&state=nonsense&page=none", True),
        ("page=9999999999999999999999", True),
        ("q=%00", True),
    ],
)
def test_filters(assistant: Assistant, edda: Person, erin: Person, sign_in: SignIn, query: str, found: bool) -> None:
    review = waiting(assistant, edda)
    answer = sign_in(erin).get(f"/reviews/?{query}")
    assert answer.status_code == 200
    assert (page_of("review", review) in answer.text) == found


def test_many(assistant: Assistant, edda: Person, erin: Person, sign_in: SignIn) -> None:
    client = sign_in(erin)
    counts = []
    for more in (1, 34):
        for _number in range(more):
            waiting(assistant, edda)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = client.get("/reviews/?show=asked")
            assert answer.status_code == 200
            answer = client.get("/reviews/?show=decided")
        counts.append(len(asked))
    assert counts[0] == counts[1]
    page = sign_in(edda).get("/reviews/?show=asked")
    assert 'href="?show=asked&amp;page=2"' in page.text
    assert "35 reviews" in page.text


def test_nobody_sees_those_of_others(assistant: Assistant, edda: Person, sign_in: SignIn) -> None:
    review = waiting(assistant, edda)
    client = sign_in(granted(None, username="nobody"))
    assert client.get(page_of("review", review)).status_code == 404
    assert client.get("/reviews/999999/").status_code == 404
    for view in ("", "asked", "open", "decided"):
        assert "Blog writer" not in client.get(f"/reviews/?show={view}").text


def later(at: datetime, zone: str = "Europe/Berlin") -> dict[str, str]:
    typed = at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")
    return {"later": "1", "live_at": typed, "zone": zone, "against": "1"}


def test_approving_for_later(assistant: Assistant, edda: Person, erin: Person, sign_in: SignIn) -> None:
    review, client = waiting(assistant, edda), sign_in(erin)
    at = (timezone.now() + timedelta(days=1)).replace(second=0, microsecond=0)

    answer = client.post(page_of("review-approve", review), later(at), follow=True)
    assert "Approved; it goes live when its time comes." in answer.text
    assert "Approved for later" in answer.text
    review.refresh_from_db()
    assert (review.live_at, live(assistant)) == (at, 1)
    assert "It waits for a publisher again." in client.post(page_of("review-unschedule", review), follow=True).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"live_at": ""}, "Write a date and a time."),
        ({"live_at": "tomorrow"}, "Write a date and a time."),
        ({"live_at": "9999-12-31T23:59", "zone": "America/Los_Angeles"}, "Write a date and a time."),
        ({"live_at": "2001-01-01T10:00"}, "This time is past."),
        ({"live_at": "2001-01-01T10:00", "zone": "../../etc/passwd"}, "This time is past."),
        ({"live_at": "2001-01-01T10:00", "zone": "No/Where"}, "This time is past."),
        ({"live_at": "2001-01-01T10:00", "zone": "No/Where" * 1000}, "This time is past."),
        ({"live_at": "2031-03-30T02:30", "zone": "Europe/Berlin"}, "the clocks are put forward"),
    ],
)
def test_no_time(
    assistant: Assistant, edda: Person, erin: Person, sign_in: SignIn, typed: dict[str, str], said: str
) -> None:
    review = waiting(assistant, edda)
    answer = sign_in(erin).post(page_of("review-approve", review), {"later": "1", "against": "1", **typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'href="#live_at"' in answer.text
    assert live(assistant) == 1


def test_a_draft_stays_where_restoring_is_refused(assistant: Assistant, erin: Person, sign_in: SignIn) -> None:
    waiting(assistant, erin)
    written = Written(base=2, newest=2, name="Mine", description="", settings={"system_prompt": "Draft"})
    keep_draft(author=make.author_of(erin), assistant=assistant, written=written, known=0)

    address = reverse("assistant-restore", args=[assistant.assistant_id, 2])
    answer = sign_in(erin).post(address, {"draft": "keep"}, follow=True)
    assert "v2 cannot go live before a publisher has approved it" in answer.text
    assert Assistant.history.newest_number(assistant) == 2
    assert draft_of(author=make.author_of(erin), assistant=assistant) is not None
