from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AssistantsConfig(AppConfig):
    name = "assistants_app"
    verbose_name = "Assistants"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from assistants_app.models.immutability import install_triggers

        post_migrate.connect(install_triggers, sender=self, dispatch_uid="install_triggers")
