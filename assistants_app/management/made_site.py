"""The site that a command beside `serve` is for: one that `serve` made."""

from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError


def add_data_option(parser: ArgumentParser) -> None:
    """Read before the settings are: see assistants_app.__main__."""
    parser.add_argument("--data", metavar="FOLDER", help="the site's data folder, as given to serve")


def require_site() -> None:
    """Raises CommandError where no site was made yet, or only by an older version."""
    try:
        reach_database()
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise CommandError(f"The database cannot be used: {str(error).strip()}") from None
    if not missing:
        return
    if executor.loader.applied_migrations:
        raise CommandError("An older version made this site. `serve` brings it up to date; start it first.")
    if connection.vendor == "sqlite":
        said = f"There is no site in {settings.DATA_FOLDER}. Name the folder that it is served with: --data FOLDER."
        raise CommandError(f"{said} Or start it first.")
    raise CommandError("There is no site in the database of DATABASE_URL. Start it first.")


def reach_database() -> None:
    """Raises OperationalError at once; a connection pool would try again for half a minute."""
    if connection.vendor == "postgresql":
        given = connection.get_connection_params()
        given.pop("pool", None)
        with connection.wrap_database_errors:
            connection.Database.connect(**given).close()  # type: ignore[attr-defined]
