from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assistants_app', '0026_drafts_of_pages'),
    ]

    operations = [
        migrations.AddField(
            model_name='settinglock',
            name='hidden',
            field=models.BooleanField(db_default=False, default=False, help_text='Whether nobody below that role is told its value either.'),
        ),
    ]
