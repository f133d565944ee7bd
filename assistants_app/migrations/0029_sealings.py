import assistants_app.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assistants_app', '0028_hidden_settings'),
    ]

    operations = [
        migrations.CreateModel(
            name='Sealing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('graph_id', models.CharField(max_length=200, unique=True)),
                ('disclose', assistants_app.models.fields.JsonTextField(help_text='The pointers of what is no longer hidden.')),
                ('step', models.PositiveIntegerField(help_text='Which table it is at.')),
                ('last', models.CharField(blank=True, help_text='The key of the last row there.', max_length=64)),
                ('seen', models.PositiveIntegerField()),
                ('total', models.PositiveIntegerField()),
                ('again', models.BooleanField(help_text='Whether all rows are to be looked at once more.')),
                ('begun_at', models.DateTimeField(help_text='The last change of a lock.')),
                ('due_at', models.DateTimeField(help_text='When it goes on.')),
            ],
            options={
                'verbose_name': 'sealing of a graph’s settings',
                'verbose_name_plural': 'sealings of graphs’ settings',
                'ordering': ['graph_id'],
            },
        ),
    ]
