"""The whole move: everything arrives, or nothing does."""

import asyncio
from collections.abc import Callable

from django.apps import apps
from django.core.management import call_command
from django.db import connection, models, transaction
from django.db.migrations.loader import MigrationLoader

from assistants_app.domain.errors import CannotMove
from assistants_app.engine.moving.tables import make_tables
from assistants_app.graphs.config_file import GraphsConfig
from assistants_app.management.moving.source import Source
from assistants_app.management.moving.target import Target
from assistants_app.models import Run
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind

OF_LANGGRAPH = ("checkpoints", "checkpoint_blobs", "checkpoint_writes", "store")
VECTORS = "store_vectors"

FILLED_BY_DJANGO = ("auth_permission", "django_content_type")
"""With rows that `migrate` makes; the source's go in their place, for its other rows name them by number."""

Say = Callable[[str, int], object]


def models_moved() -> list[type[models.Model]]:
    """Sessions are among them: who is signed in stays so, as long as the secret key is the same."""
    found = apps.get_models(include_auto_created=True)
    return [model for model in found if model._meta.managed and not model._meta.proxy]


def check_source(source: Source) -> None:
    """Raises CannotMove where its tables are not those of this version."""
    labels = {model._meta.app_label for model in models_moved()}
    known = {key for key in MigrationLoader(None).disk_migrations if key[0] in labels}
    applied = {key for key in source.migrations() if key[0] in labels}
    if applied - known:
        raise CannotMove("A newer version made this site. Move it with that one.")
    if known - applied:
        raise CannotMove(
            "An older version made this site. Start `serve` once without DATABASE_URL, which brings it up to date, "
            "and stop it again."
        )


def make_ready(config: GraphsConfig) -> str:
    """Makes the tables of the configured database. Returns why items cannot be searched by meaning there, or "".

    Raises CannotMove."""
    loader = MigrationLoader(connection)
    labels = {model._meta.app_label for model in models_moved()}
    if {key for key in loader.applied_migrations if key[0] in labels} - set(loader.disk_migrations):
        raise CannotMove("A newer version made tables in the database of DATABASE_URL.")
    call_command("migrate", interactive=False, verbosity=0)
    return asyncio.run(make_tables(config))


class Move:
    def __init__(self, source: Source, target: Target, *, say: Say) -> None:
        self._source, self._target, self._say = source, target, say
        self.committing = False
        """Whether all was done but to say so: from then on a lost connection leaves open whether it counts."""

    def missing_vectors(self, config: GraphsConfig, problem: str) -> str:
        """Why the vectors of the store stay behind, or "" where they go along or there are none."""
        if not self._source.vectors() or problem:
            return problem
        index, dims = config.store.index, self._source.dimensions()
        if index is None or not self._target.has(VECTORS):
            return "the langgraph.json has no store.index"
        return "" if dims == index.dims else f"they have {dims} dimensions, and store.index says {index.dims}"

    def run(self, *, vectors: bool, dry: bool) -> None:
        """Raises CannotMove; what the databases raise passes through."""
        moved = models_moved()
        tables = [model._meta.db_table for model in moved] + [*OF_LANGGRAPH]
        tables += [VECTORS] if self._target.has(VECTORS) else []
        with transaction.atomic():
            self._target.lock(tables)
            self._refuse_what_is_there(tables)
            for table in FILLED_BY_DJANGO:
                self._target.empty(table)
            for part in [*map(self._source.of_model, moved), *self._source.of_langgraph(vectors=vectors)]:
                for table, count in self._target.take(part).items():
                    self._say(part.name if table == next(iter(part.tables)) else table, count)
            self._target.settle(moved)
            audit.record(Action.SITE_MOVED, kind=ObjectKind.SITE, after={"from": str(self._source.folder)})
            transaction.set_rollback(dry)
            self.committing = not dry
        self.committing = False
        self._target.analyze()

    def _refuse_what_is_there(self, tables: list[str]) -> None:
        if holding := self._target.holding(table for table in tables if table not in FILLED_BY_DJANGO):
            raise CannotMove(
                f"The database of DATABASE_URL is not empty: there are rows in {', '.join(holding[:5])}. "
                "Make a new one for this site (createdb), or empty it: nothing is mixed."
            )


def unfinished(source: Source) -> tuple[int, int]:
    return source.unfinished_runs(Run._meta.db_table)
