from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assistants_app', '0027_schema_digests'),
    ]

    operations = [
        migrations.AddField(
            model_name='settinglock',
            name='hidden',
            field=models.BooleanField(db_default=False, default=False, help_text='Whether nobody below that role is told its value either.'),
        ),
    ]
