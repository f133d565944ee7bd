"""Makes a site ready to serve: its graphs loaded, their assistants there."""

import json
from contextlib import suppress
from typing import Any

from django.db import IntegrityError, transaction

from assistants_app.graphs.catalog import Catalog, catalog
from assistants_app.models import Assistant
from assistants_app.models.assistants import system_assistant_id
from assistants_app.services.assistants import create_assistant, ensure_system_assistants
from assistants_app.services.authors import SYSTEM


def prepare_site() -> None:
    """Safe to repeat: what is there stays as people left it."""
    graphs = catalog()
    graphs.ensure_loaded()
    # A unique key that is taken: another process of the same site starts at this moment, and made them.
    with suppress(IntegrityError), transaction.atomic():
        _make_assistants(graphs)


def _make_assistants(graphs: Catalog) -> None:
    known = [system_assistant_id(entry.graph_id) for entry in graphs.entries()]
    fresh = not Assistant.objects.filter(assistant_id__in=known).exists()
    ensure_system_assistants(graphs=graphs.entries())
    if fresh and graphs.bundled:
        _make_examples(graphs)


def _make_examples(graphs: Catalog) -> None:
    """The assistants that come with the bundled graphs, made once: who deletes one has it deleted."""
    for example in _examples(graphs):
        create_assistant(
            graph_id=example["graph_id"],
            name=example["name"],
            description=example["description"],
            settings=example["settings"],
            settings_schema=graphs.get(example["graph_id"]).settings_schema,
            author=SYSTEM,
            note=example.get("note", ""),
        )


def _examples(graphs: Catalog) -> list[dict[str, Any]]:
    return list(json.loads((graphs.path.parent / "assistants.json").read_text(encoding="utf-8")))
