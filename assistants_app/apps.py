from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models import JSONField, TextField
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class AssistantsConfig(AppConfig):
    name = "assistants_app"
    verbose_name = _("Assistants")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils import translation

        from assistants_app.domain import language
        from assistants_app.models import append_only, immutability, newest
        from assistants_app.models.announcing import install_announcing
        from assistants_app.models.counted_threads import install_counting
        from assistants_app.models.digests import install_forgetting
        from assistants_app.models.ended_connections import replace_if_ended
        from assistants_app.models.json_contains import JsonContains, add_function
        from assistants_app.models.noting import install_noting
        from assistants_app.web.sign_in import recording

        language.install(translation)
        recording.connect()
        post_migrate.connect(immutability.install_triggers, sender=self, dispatch_uid="install_triggers")
        post_migrate.connect(append_only.install_triggers, sender=self, dispatch_uid="install_audit_triggers")
        post_migrate.connect(install_noting, sender=self, dispatch_uid="install_noting")
        post_migrate.connect(install_counting, sender=self, dispatch_uid="install_counting")
        post_migrate.connect(newest.install_noting_newest, sender=self, dispatch_uid="install_noting_newest")
        pre_migrate.connect(newest.take_away, sender=self, dispatch_uid="take_noting_newest_away")
        post_migrate.connect(install_announcing, sender=self, dispatch_uid="install_announcing")
        post_migrate.connect(install_forgetting, sender=self, dispatch_uid="install_forgetting")
        connection_created.connect(replace_if_ended, dispatch_uid="replace_if_ended")
        connection_created.connect(add_function, dispatch_uid="add_json_contains")
        for field in (JSONField, TextField):
            field.register_lookup(JsonContains)
