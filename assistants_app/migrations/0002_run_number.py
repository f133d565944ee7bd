from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assistants_app", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="number",
            field=models.PositiveIntegerField(
                default=1, help_text="Counts from 1 in its thread, in the order of acceptance."
            ),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.UniqueConstraint(fields=("thread", "number"), name="one_run_per_number"),
        ),
    ]
