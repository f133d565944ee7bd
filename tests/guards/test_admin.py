"""Django's admin shows every table, and changes none that the services guard."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from assistants_app.models import ModelPrice, Person

pytestmark = pytest.mark.django_db

OWN = [model for model in apps.get_app_config("assistants_app").get_models() if not model._meta.auto_created]
CHANGED_THERE: set[type[models.Model]] = {Person, ModelPrice}
"""Tables that may be changed in the admin, in part."""


@pytest.mark.parametrize("model", OWN, ids=lambda model: model.__name__)
def test_every_table_is_there(operator_client: Client, model: type[models.Model]) -> None:
    assert admin.site.is_registered(model), f"{model.__name__} is not in the admin"
    page = operator_client.get(reverse(f"admin:assistants_app_{model._meta.model_name}_changelist"))
    assert page.status_code == 200


@pytest.mark.parametrize("model", sorted(set(OWN) - CHANGED_THERE, key=str), ids=lambda model: model.__name__)
def test_what_is_recorded_is_read_only(operator_client: Client, olga: Person, model: type[models.Model]) -> None:
    registered: Any = admin.site.get_model_admin(model)
    asked: Any = type("Asked", (), {"user": olga, "GET": {}})()
    may = (registered.has_add_permission, registered.has_change_permission, registered.has_delete_permission)
    assert not any(allowed(asked) for allowed in may)
    assert operator_client.post(reverse(f"admin:assistants_app_{model._meta.model_name}_add"), {}).status_code == 403


@pytest.mark.parametrize("path", ["/admin/", "/admin/assistants_app/run/", "/admin/assistants_app/modelprice/add/"])
def test_it_keeps_the_policy_and_looks_at_home(operator_client: Client, path: str) -> None:
    answer = operator_client.get(path)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert not re.search(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>|\sstyle=|\son\w+=", answer.text
    )
    for said in ("css/admin.css", "img/mark.svg", f'href="{reverse("home")}"'):
        assert said in answer.text


def test_the_menu_leads_there(operator_client: Client, editor_client: Client) -> None:
    assert 'href="/admin/"' in operator_client.get("/").text
    assert 'href="/admin/"' not in editor_client.get("/").text
    assert editor_client.get("/admin/").status_code == 302
