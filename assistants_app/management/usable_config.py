"""The langgraph.json of a command that loads graphs."""

from django.conf import settings
from django.core.management.base import CommandError

from assistants_app.domain.errors import InvalidGraphsConfig
from assistants_app.graphs.config_file import GraphsConfig, find_config, read_config


def usable_config() -> GraphsConfig:
    """Raises CommandError."""
    try:
        return read_config(find_config(settings.GRAPHS_CONFIG))
    except InvalidGraphsConfig as error:
        raise CommandError(error.message) from None
