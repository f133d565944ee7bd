from django.db import migrations, models


def take_trigger_away(apps, schema_editor):
    """On the way back: it names the columns (see `models.newest`, which makes it and fills them)."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER IF EXISTS newest_versions_are_noted ON assistants_app_assistantversion")


class Migration(migrations.Migration):

    dependencies = [
        ("assistants_app", "0031_schema_digests_filled"),
    ]

    operations = [
        migrations.AddField(
            model_name="assistant",
            name="newest",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="The number of the newest version, live or not. The database keeps it: see models.newest.",
            ),
        ),
        migrations.AddField(
            model_name="assistant",
            name="newest_author",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, help_text="Who saved that one.", max_length=200
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, take_trigger_away),
    ]
