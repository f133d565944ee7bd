"""Whether the database answers, asked so that a silent one is told in time and costs nobody a thread or a connection
of a pool."""

import asyncio

from django.db import connection
from psycopg import AsyncConnection, Error
from psycopg.errors import TooManyConnections

from assistants_app.engine.database.postgres import conninfo


async def postgres_answers(seconds: float) -> bool:
    """By a connection of its own; a server whose connections are all in use answers, too."""
    try:
        async with asyncio.timeout(seconds):
            asked = await AsyncConnection.connect(conninfo(), autocommit=True)
            try:
                await asked.execute("SELECT 1")
            finally:
                await asked.close()
    except TooManyConnections:
        return True
    except (TimeoutError, Error):
        return False
    return True


def on_postgres() -> bool:
    return connection.vendor == "postgresql"
