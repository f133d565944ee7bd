"""The list of assistants, and one assistant's overview."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assistants_app.models import Assistant


def index(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html")


def overview(request: HttpRequest, assistant_id: uuid.UUID) -> HttpResponse:
    assistant = Assistant.objects.get_by_uuid(assistant_id)
    return render(request, "assistants/overview.html", {"assistant": assistant, "tab": "overview"})


rename = delete = overview
