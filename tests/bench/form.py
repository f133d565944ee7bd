"""The edit page of 300 settings, beside a plain Django form with 300 CharFields on the same page shell."""

from typing import Any

from tests.bench.measuring import compare, fresh_site, say

FIELDS = 300
PLAIN = """{% extends "base.html" %}{% block title %}Plain{% endblock %}{% block content %}<h1>Plain</h1>
<form method="post">{% csrf_token %}{{ form.as_div }}<button class="button">Save</button></form>{% endblock %}"""


def main() -> None:
    fresh_site()
    from django import forms
    from django.conf import settings
    from django.http import HttpRequest, HttpResponse
    from django.template import engines
    from django.test import Client
    from django.urls import path

    from assistants_app.models import Person
    from assistants_app.web import urls
    from tests import make

    names = [f"setting_{number}" for number in range(FIELDS)]
    values = {name: f"The value of {name}" for name in names}
    plain_form = type("PlainForm", (forms.Form,), {name: forms.CharField(required=False) for name in names})
    template = engines["django"].from_string(PLAIN)

    def plain(request: HttpRequest) -> HttpResponse:
        return HttpResponse(template.render({"form": plain_form(initial=values)}, request))

    urls.urlpatterns.append(path("plain/", plain))
    settings.DEBUG = False
    client = Client()
    client.force_login(Person.objects.create_superuser(username="olga"))

    def measure(what: str, properties: dict[str, Any], stored: dict[str, Any]) -> None:
        schema = {"type": "object", "properties": properties}
        assistant = make.assistant(name=what, graph_id="gone", settings=stored, settings_schema=schema)
        address = f"/assistants/{assistant.assistant_id}/edit/"
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.text.count("The value of setting_") >= len(stored)
        seconds = compare(lambda: client.get("/plain/"), lambda: client.get(address))
        say(f"{what}: {len(answer.content) // 1000} kB in {seconds[1] * 1000:.0f} ms, against a plain form",
            seconds[1] / seconds[0], "times", 2)  # fmt: skip

    say("plain form with 300 CharFields", compare(lambda: client.get("/plain/"), lambda: None)[0] * 1000, "ms")
    measure("300 texts, all set", {name: {"type": "string"} for name in names}, values)
    measure("300 texts, all default", {name: {"type": "string", "default": values[name]} for name in names}, {})


if __name__ == "__main__":
    main()
