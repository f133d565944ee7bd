from django.apps import AppConfig


class AssistantsConfig(AppConfig):
    name = "assistants_app"
    verbose_name = "Assistants"
    default_auto_field = "django.db.models.BigAutoField"
