from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assistants_app', '0036_names_of_tables'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='assistanttally',
            name='tallies_by_assistant',
        ),
        migrations.AddIndex(
            model_name='assistanttally',
            index=models.Index(fields=['span', 'assistant_pk', 'start', 'graph_id', 'runs', 'failed', 'timed_out'], name='tallies_by_assistant'),
        ),
    ]
