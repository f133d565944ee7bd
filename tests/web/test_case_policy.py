"""The pages of a protected assistant that requires its test cases."""

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.models import Assistant, Review
from tests import make

pytestmark = pytest.mark.django_db


def test_it_works(editor_client: Client) -> None:
    made = make.assistant()
    address = reverse("assistant-protect", args=[made.assistant_id])
    asked = {"protection": "publisher", "cases_shown": "1", "cases": "1"}
    editor_client.post(address, asked)
    assert 'name="cases" value="1" checked' in editor_client.get(reverse("assistant", args=[made.assistant_id])).text
    make.case(made)
    make.version(made)
    review = Review.objects.get(assistant=made, number=2)

    page = editor_client.get(reverse("review", args=[review.pk])).text
    refused = editor_client.post(reverse("review-approve", args=[review.pk]), {"against": "1"})

    assert "1 has not passed with v2" in page
    assert reverse("review-approve", args=[review.pk]) not in page
    assert "Run all with v2" in page
    assert refused.status_code == 409
    assert "1 has not passed with v2" in refused.text
    assert Assistant.objects.get(pk=made.pk).version == 1

    editor_client.post(address, {"protection": "publisher", "cases_shown": "1"})
    assert not Assistant.objects.get(pk=made.pk).cases_required
    editor_client.post(address, {"protection": "publisher", "cases_shown": "1", "cases": "1"})
    editor_client.post(address, {"protection": "other"})  # a form that does not show it
    assert Assistant.objects.get(pk=made.pk).cases_required
