"""The served API and its keys, as in `tests/api`; node and its packages."""

from tests.api.conftest import api_key, api_url
from tests.clients.node import packages

__all__ = ["api_key", "api_url", "packages"]
