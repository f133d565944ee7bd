from django.db import migrations


def make(apps, schema_editor):
    """Only PostgreSQL has such an index: by it those with a tag, or with other metadata, are found without reading
    all. It is small, and made in a moment."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX IF NOT EXISTS assistants_by_metadata "
            "ON assistants_app_assistant USING gin (metadata jsonb_path_ops)"
        )


def take_away(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS assistants_by_metadata")


class Migration(migrations.Migration):

    dependencies = [
        ("assistants_app", "0029_sealings"),
    ]

    operations = [
        migrations.RunPython(make, take_away),
    ]
