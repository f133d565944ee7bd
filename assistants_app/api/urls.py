"""Every operation's address, under `/api/`."""

from django.urls import URLPattern, path

from assistants_app.api import system

urlpatterns: list[URLPattern] = [
    path("ok", system.ok, name="api-ok"),
]
