"""The API, served for real clients, and keys for them."""

from collections.abc import Iterator

import pytest

from assistants_app.models import Role
from assistants_app.services.keys import create_key
from tests.api.asking import Api
from tests.api.serving import served


@pytest.fixture
def api_url(transactional_db: None) -> Iterator[str]:
    """The API's address (…/api), as `langgraph_sdk.get_client(url=…)` takes it."""
    with served() as url:
        yield url


@pytest.fixture
def api_key(transactional_db: None) -> str:
    """A key that may do everything."""
    return create_key(name="tests", role=Role.OPERATOR, created_by=None)[1]


@pytest.fixture
def api(api_url: str, api_key: str) -> Iterator[Api]:
    """Plain HTTP with that key."""
    with Api(api_url, api_key) as asking:
        yield asking
