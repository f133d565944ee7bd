from django.db import migrations, models

import assistants_app.models.fields


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
        migrations.AddIndex(
            model_name="assistant",
            index=models.Index(fields=["graph_id", "schema_digest", "id"], name="assistants_by_schema"),
        ),
    ]
