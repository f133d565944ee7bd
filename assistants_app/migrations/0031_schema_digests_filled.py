from django.db import migrations
from django.db.models import CharField, Q, Value
from django.db.models.functions import MD5, Coalesce

from assistants_app.models.digests import install_forgetting

BATCH = 500


def forget(apps, schema_editor):
    """From now on old processes leave no digest behind that is of another schema."""
    install_forgetting(using=schema_editor.connection.alias)


def leave(apps, schema_editor):
    on = " ON assistants_app_assistant" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER IF EXISTS digest_is_of_its_schema{on}")


def fill(apps, schema_editor):
    """Of the assistants that have none, or one that an old process left behind: a few at a time, for those that are
    saved meanwhile wait for one batch at most. Where it is interrupted it is begun again, and finds less to do."""
    rows = apps.get_model("assistants_app", "Assistant")._base_manager.using(schema_editor.connection.alias)
    digest = Coalesce(MD5("settings_schema", output_field=CharField()), Value("none"))
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        rows.filter(~Q(schema_digest=digest), pk__gt=last, pk__lte=batch[-1]).update(schema_digest=digest)
        last = batch[-1]


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("assistants_app", "0030_tags_index"),
    ]

    operations = [
        migrations.RunPython(forget, leave),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
