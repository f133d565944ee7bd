"""The log as a file: everything that is asked for, in bounded memory, and nothing that a spreadsheet executes."""

import csv
import io
import json
from collections.abc import Callable

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from assistants_app.models import AuditEntry, Person
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.web.audit import export

pytestmark = pytest.mark.django_db(transaction=True)

Download = Callable[..., bytes]


@pytest.fixture
def download(olga: Person) -> Download:
    client = AsyncClient()
    client.force_login(olga)

    async def download(form: str, query: str = "") -> bytes:
        answer = await client.post(f"/audit/export/?{query}", {"format": form})
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].endswith(f'.{form}"')
        return b"".join([piece async for piece in answer.streaming_content])

    return async_to_sync(download)


def entries(count: int) -> None:
    for number in range(count):
        audit.record(Action.SITE_BACKED_UP, kind=ObjectKind.SITE, name=f"copy-{number:02}")


def test_it_works(download: Download, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PIECE", 7)
    entries(30)
    audit.record(Action.PERSON_CHANGED, name="Ben", before={"email": "a@b"}, after={"email": "c@d"})
    lines = [json.loads(line) for line in download("jsonl").decode().splitlines()]

    assert [line["object_name"] for line in lines[1:32]] == [
        "Ben",
        *(f"copy-{number:02}" for number in range(29, -1, -1)),
    ]
    assert (lines[1]["before"], lines[1]["after"]) == ({"email": "a@b"}, {"email": "c@d"})
    assert lines[0]["action"] == "audit.exported"
    assert list(lines[0]) == list(export.COLUMNS)


def test_the_filters_of_the_address_hold(download: Download, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PIECE", 7)
    entries(30)
    lines = download("jsonl", "q=copy-03&kind=site").decode().splitlines()
    assert [json.loads(line)["object_name"] for line in lines] == ["copy-03"]

    assert download("jsonl", "q=nowhere") == b""
    exported = AuditEntry.objects.filter(action=Action.AUDIT_EXPORTED).newest_first()[0]
    assert exported.after == {"q": "nowhere"}


@pytest.mark.parametrize(
    "name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", "\uff20SUM(A1)"]
)
def test_no_cell_is_a_formula(name: str, download: Download) -> None:
    audit.record(Action.SITE_BACKED_UP, name=name, after={"=1": "=2"})
    rows = list(csv.DictReader(io.StringIO(download("csv").decode("utf-8-sig"), newline="")))

    row = next(row for row in rows if row["action"] == "site.backed_up")
    assert row["object_name"] == f"'{name}"
    assert json.loads(row["after"]) == {"=1": "=2"}


def test_csv_holds_commas_quotes_and_lines(download: Download) -> None:
    audit.record(Action.SITE_BACKED_UP, name='a, "b"\nc; é')
    rows = list(csv.DictReader(io.StringIO(download("csv").decode("utf-8-sig"), newline="")))

    assert rows[1]["object_name"] == 'a, "b"\nc; é'


def test_another_format_is_not_there(olga: Person) -> None:
    client = AsyncClient()
    client.force_login(olga)

    assert async_to_sync(client.post)("/audit/export/", {"format": "xlsx"}).status_code == 404
