"""Long lists are read in their order, by an index: nothing sorts all rows to show the first."""

import re

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.db.models import QuerySet

from assistants_app.api.assistants.assistants import AssistantSearch, page_of, whole_assistants
from assistants_app.models import Assistant, AssistantTally, AuditEntry, AuthorTally, GraphTally, Thread
from assistants_app.web.audit.asked import Asked

pytestmark = pytest.mark.django_db

SORTED = re.compile(r"(?<!Incremental )Sort  \(|FOR ORDER BY")
"""What PostgreSQL and SQLite say of sorting all there is; of rows with the same time is another matter."""


def plan(rows: "QuerySet[Assistant] | QuerySet[Thread] | QuerySet[GraphTally] | QuerySet[AuditEntry]") -> str:
    """By which the database would read the first of many rows: it is told that it has no other way where it has one."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        return rows[:10].explain()


def test_a_plan_that_sorts_is_recognised() -> None:
    assert SORTED.search(plan(Thread.objects.order_by("title")))


@pytest.mark.parametrize("direction", ["", "-"])
@pytest.mark.parametrize("model", [Assistant, Thread])
def test_what_programs_search_as_it_was_made(model: type[Assistant] | type[Thread], direction: str) -> None:
    found = plan(model._default_manager.order_by(f"{direction}created_at", f"{direction}pk"))
    assert not SORTED.search(found), found


def test_what_comes_before_a_later_page_is_read_by_an_index_alone() -> None:
    found = plan(page_of(AssistantSearch(offset=5000, sort_by="created_at"), whole_assistants()))
    assert re.search(r"(Index Only Scan.* using|COVERING INDEX) assistants_in_their_order", found), found


@pytest.mark.parametrize("model", [GraphTally, AssistantTally, AuthorTally])
def test_what_the_administration_counts(model: type[GraphTally]) -> None:
    listed = admin.site.get_model_admin(model).ordering
    found = plan(model._default_manager.order_by(*listed, "-pk"))
    assert not SORTED.search(found), found


@pytest.mark.parametrize(
    ("asked", "index"), [(Asked(kind="price"), "audit_kind"), (Asked(who="system"), "audit_who_kind")]
)
def test_what_one_kind_is_of_in_the_audit_log(asked: Asked, index: str) -> None:
    """Else SQLite reads all entries, the newest first, until it has found enough of a kind that is rare."""
    found = plan(asked.found()[0].newest_first())
    assert index in found
    assert not SORTED.search(found), found
