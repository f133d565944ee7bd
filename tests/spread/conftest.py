"""One site of two serving processes and two workers for the tests of this folder."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest
from django.db import connection
from langgraph_sdk.client import LangGraphClient

from assistants_app.engine.database.postgres import conninfo
from tests.commands.served import Served, Started
from tests.spread.site import Site, client, site_on


@contextmanager
def new_site(folders: pytest.TempPathFactory) -> Iterator[Site]:
    """With a database in which nothing was made yet."""
    if connection.vendor != "postgresql":
        pytest.skip("the distributed engine needs PostgreSQL")
    with site_on(conninfo(), folders.mktemp("spread")) as site:
        yield site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """For tests that start its processes themselves."""
    with new_site(tmp_path_factory) as site:
        yield site


@dataclass(frozen=True)
class Spread:
    site: Site
    a: Served
    b: Served
    workers: tuple[Started, Started]


@pytest.fixture(scope="package")
def spread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spread]:
    with new_site(tmp_path_factory) as site, ExitStack() as stack:
        a = stack.enter_context(site.web())
        b, one, other = site.web(), site.worker(), site.worker()  # started together
        yield Spread(site, a, stack.enter_context(b), (stack.enter_context(one), stack.enter_context(other)))


@pytest.fixture
async def a(spread: Spread) -> AsyncIterator[LangGraphClient]:
    async with client(spread.a) as asking:
        yield asking


@pytest.fixture
async def b(spread: Spread) -> AsyncIterator[LangGraphClient]:
    async with client(spread.b) as asking:
        yield asking
