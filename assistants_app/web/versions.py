"""An assistant's versions."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assistants_app.models import Assistant


def index(request: HttpRequest, assistant_id: uuid.UUID) -> HttpResponse:
    assistant = Assistant.objects.get_by_uuid(assistant_id)
    return render(request, "assistants/overview.html", {"assistant": assistant, "tab": "versions"})


def show(request: HttpRequest, assistant_id: uuid.UUID, number: int) -> HttpResponse:
    return index(request, assistant_id)


restore = make_live = clone = show
