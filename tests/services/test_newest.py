"""The newest version of each assistant stands on its row, however it was saved."""

import pytest
from django.apps import apps
from django.db import connection
from django.db.models.signals import post_migrate, pre_migrate

from assistants_app.models import Assistant, AssistantVersion, Person
from assistants_app.models.newest import install_noting_newest
from assistants_app.services.authors import SYSTEM
from assistants_app.services.patches import Patch, patch_assistant
from assistants_app.services.versions import make_live, restore_version
from tests import make

pytestmark = pytest.mark.django_db

NAME, VERSIONS = "newest_versions_are_noted", AssistantVersion._meta.db_table


def told(assistant: Assistant) -> tuple[int, int, str]:
    """The live version, the newest and its author."""
    assistant.refresh_from_db()
    return assistant.version, assistant.newest, assistant.newest_author


def _another(of: Assistant, number: int, author: str) -> None:
    """As a process of the version before saves it, which knows nothing of what is tested here."""
    row = Assistant.history.numbered(of, 1)
    row.pk, row.number, row.author = None, number, author
    AssistantVersion.objects.bulk_create([row])


def test_it_works(erin: Person, ben: Person) -> None:
    made = make.assistant(person=erin)
    assert (made.newest, made.newest_author) == (1, "Erin Editor")
    assert told(made) == (1, 1, "Erin Editor")
    make.version(made, person=ben, make_live=False)
    assert told(made) == (1, 2, "Ben Brown")
    make.version(made, make_live=True)
    assert told(made) == (3, 3, "System")
    make_live(assistant_id=made.assistant_id, number=1, author=SYSTEM)
    assert told(made) == (1, 3, "System")


def test_a_save_that_goes_live_notes_it_with_the_row_that_it_writes(erin: Person, ben: Person) -> None:
    """By one change, not two: the database has nothing left to note."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {NAME}" + (f" ON {VERSIONS}" if connection.vendor == "postgresql" else ""))
    made = make.assistant(person=erin)
    make.version(made, person=ben, make_live=True)
    assert told(made) == (2, 2, "Ben Brown")
    patch_assistant(assistant=made, patch=Patch(name="Patched"), author=SYSTEM)
    assert told(made) == (3, 3, "System")
    restore_version(assistant_id=made.assistant_id, number=1, author=make.author_of(ben))
    assert told(made) == (4, 4, "Ben Brown")
    make_live(assistant_id=made.assistant_id, number=1, author=SYSTEM)
    assert told(made) == (1, 4, "Ben Brown")


def test_the_database_notes_it_whoever_saves() -> None:
    made, other = make.assistant(), make.assistant(name="Other")
    _another(made, 7, "Somebody")
    _another(made, 5, "Who is late")
    assert told(made) == (1, 7, "Somebody")
    assert told(other) == (1, 1, "System")


def test_what_was_saved_before_is_caught_up_with(erin: Person) -> None:
    made = make.assistant(person=erin)
    make.version(made, person=erin, make_live=False)
    right = make.assistant(name="Right")
    Assistant.objects.filter(pk=made.pk).update(newest=0, newest_author="")
    Assistant.objects.filter(pk=right.pk).update(newest_author="kept")
    install_noting_newest(using="default")
    assert told(made) == (1, 2, "Erin Editor")
    assert told(right) == (1, 1, "kept")


@pytest.mark.django_db(transaction=True)
def test_a_migration_may_rebuild_the_table() -> None:
    """As SQLite's do, which refuses while a trigger names the table."""
    made = make.assistant()
    about = {"app_config": apps.get_app_config("assistants_app"), "using": "default", "verbosity": 0, "apps": apps}
    about |= {"interactive": False, "stdout": None, "plan": [("a migration", False)]}
    pre_migrate.send(sender=about["app_config"], **about)
    if connection.vendor == "sqlite":
        with connection.schema_editor() as editor:
            editor._remake_table(Assistant)
        _another(made, 2, "Meanwhile")
    post_migrate.send(sender=about["app_config"], **about)
    _another(made, 3, "Afterwards")
    assert told(made) == (1, 3, "Afterwards")
