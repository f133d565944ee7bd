from django.db import migrations

OFFERED = "SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
CHOOSE = "ALTER TABLE assistants_app_relayedpart ALTER COLUMN told SET COMPRESSION lz4"


def choose_lz4(apps, schema_editor):
    """What runs tell is written while they run, and gone in minutes. PostgreSQL's own compression takes as long as all
    the rest of keeping it; lz4 is there since version 14, where the server was built with it. For rows to come."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(OFFERED)
        if (cursor.fetchone() or (False,))[0]:
            cursor.execute(CHOOSE)


class Migration(migrations.Migration):
    dependencies = [("assistants_app", "0034_audit_kinds")]
    operations = [migrations.RunPython(choose_lz4, migrations.RunPython.noop)]
