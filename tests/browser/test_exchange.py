"""A file is imported in a browser: its plan is a page like any other."""

import json

import pytest
from playwright.sync_api import FilePayload, Page, expect

from assistants_app.models import Assistant, Person
from assistants_app.services.authors import SYSTEM
from assistants_app.services.exporting import export_assistants
from tests import make
from tests.browser.conftest import OpenPage
from tests.browser.test_accessibility import check_page
from tests.services.test_secrets import SCHEMA, SETTINGS

pytestmark = pytest.mark.one_database


def planned(open_page: OpenPage, erin: Person) -> Page:
    """A file with a new assistant, one that differs and one that is as it is here."""
    differs = make.assistant(name="Weekly letter", settings=SETTINGS, settings_schema=SCHEMA)
    same = make.assistant(name="As it is")
    whole = json.loads(export_assistants(assistants=[differs, same], author=SYSTEM))
    new = json.loads(json.dumps(whole["assistants"][1]).replace("Weekly letter", "Support answers"))
    new["assistant_id"] = "11111111-2222-4333-8444-555555555555"
    new["versions"][0]["graph_id"] = "elsewhere"
    whole["assistants"][1]["versions"][0]["settings"]["prompt"] = "Write to our readers, briefly."
    whole["assistants"].append(new)
    page = open_page(erin)
    page.goto("/assistants/import/")
    file: FilePayload = {"name": "team.json", "mimeType": "application/json", "buffer": json.dumps(whole).encode()}
    page.set_input_files("#file", file)
    page.get_by_role("button", name="See what would change").click()
    page.wait_for_selector("h1:has-text('team.json')")
    return page


def test_a_file_with_faults(open_page: OpenPage, erin: Person) -> None:
    whole = json.loads(export_assistants(assistants=[make.assistant(name="Weekly letter")], author=SYSTEM))
    whole["assistants"][0]["versions"][0] |= {"name": "", "created_at": "yesterday"}
    page = open_page(erin)
    page.goto("/assistants/import/")
    file: FilePayload = {"name": "team.json", "mimeType": "application/json", "buffer": json.dumps(whole).encode()}
    page.set_input_files("#file", file)
    page.get_by_role("button", name="See what would change").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Assistant 1, “Weekly letter”, version 1: “name” is empty.")
    expect(alert).to_contain_text("“created_at” must be a date and a time such as 2026-01-31T09:30:00Z.")
    check_page(page)


def test_it_works(open_page: OpenPage, erin: Person) -> None:
    page = planned(open_page, erin)
    page.get_by_text("What the new version would change").click()
    check_page(page)
    page.get_by_role("group", name="What to do with Weekly letter").get_by_text("New version").click()
    page.get_by_role("button", name="Import").click()
    page.wait_for_selector("text=1 made, 1 with a new version, 1 kept as they are.")
    assert Assistant.objects.get(name="Weekly letter").context["prompt"] == "Write to our readers, briefly."
