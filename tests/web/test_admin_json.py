"""Django's admin shows what is kept as JSON as JSON."""

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.models import Run
from tests import make

pytestmark = pytest.mark.django_db


def test_values_of_json_are_shown_as_json(operator_client: Client) -> None:
    run = make.run(metadata={"team": "é", "urgent": True})
    Run.objects.filter(pk=run.pk).update(input={"messages": None, "on": True})
    page = operator_client.get(reverse("admin:assistants_app_run_change", args=[run.pk])).text

    assert "<pre>{\n  &quot;messages&quot;: null,\n  &quot;on&quot;: true\n}</pre>" in page
    assert "&quot;team&quot;: &quot;é&quot;" in page
    assert "Resume, update, goto: LangGraph's Command." in page, "the help of a column stays"
