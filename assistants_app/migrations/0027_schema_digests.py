from django.db import migrations, models
from django.db.models import CharField, Value
from django.db.models.functions import MD5, Coalesce

import assistants_app.models.fields


def fill(apps, schema_editor):
    """Of the assistants that are there."""
    rows = apps.get_model("assistants_app", "Assistant")._base_manager.using(schema_editor.connection.alias)
    digest = Coalesce(MD5("settings_schema", output_field=CharField()), Value("none"))
    rows.filter(schema_digest="").update(schema_digest=digest)


class Migration(migrations.Migration):

    dependencies = [
        ("assistants_app", "0026_drafts_of_pages"),
    ]

    operations = [
        migrations.AddField(
            model_name="assistant",
            name="schema_digest",
            field=assistants_app.models.fields.DigestField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="By which assistants with the same schema are counted.",
                max_length=32,
                of="settings_schema",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="assistant",
            index=models.Index(fields=["graph_id", "schema_digest", "id"], name="assistants_by_schema"),
        ),
    ]
