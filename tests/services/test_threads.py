"""Threads are made, renamed, deleted."""

import uuid

import pytest

from assistants_app.domain.errors import ThreadNotFound
from assistants_app.models import Person, Run, Thread
from assistants_app.services.threads import create_thread, delete_thread, rename_thread
from tests import make

pytestmark = pytest.mark.django_db


def test_it_works(erin: Person) -> None:
    assistant = make.assistant()
    thread = create_thread(assistant=assistant, owner=erin, title="  About \n cats ")
    assert thread.author == "Erin Editor"
    thread.refresh_from_db()
    assert (thread.title, thread.owner, thread.assistant, thread.status) == ("About cats", erin, assistant, "idle")

    before = thread.updated_at
    rename_thread(thread_id=thread.thread_id, title="About dogs")
    thread.refresh_from_db()
    assert (thread.title, thread.updated_at) == ("About dogs", before)

    run = make.run("hi", on=thread)
    delete_thread(thread_id=thread.thread_id)
    assert not Thread.objects.exists()
    assert not Run.objects.filter(run_id=run.run_id).exists()


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("a\x00b", "ab"),
        ("\ud800cats", "cats"),
        ("x" * 300, "x" * 200),
        ("\n", ""),
        ("猫", "猫"),
        ("a\u202eb\x1b\tc", "ab c"),
    ],
)
def test_a_title_from_any_text(title: str, kept: str) -> None:
    thread = create_thread(assistant=None, owner=None, title=title)
    thread.refresh_from_db()
    assert thread.title == kept


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(ThreadNotFound):
        rename_thread(thread_id=uuid.uuid4(), title="x")
    with pytest.raises(ThreadNotFound):
        delete_thread(thread_id=uuid.uuid4())
