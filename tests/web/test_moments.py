"""The moments that pages tell."""

from django.template.loader import render_to_string
from django.utils import timezone


def test_a_period_follows_without_a_space() -> None:
    assert render_to_string("_time.html", {"when": timezone.now()}).endswith("</time>")
