"""Home: what changed lately, and what to do first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assistants_app.models import Assistant


def show(request: HttpRequest) -> HttpResponse:
    return render(request, "home/home.html", {"recent": Assistant.objects.order_by("-updated_at")[:8]})
