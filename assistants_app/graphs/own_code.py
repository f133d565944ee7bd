"""What a langgraph.json names beside graphs: objects of the site's own code, imported once, like graphs."""

import threading
from typing import Any

from assistants_app.domain.errors import OwnCodeUnavailable
from assistants_app.graphs import failures
from assistants_app.graphs.addresses import ObjectAddress
from assistants_app.graphs.bounded import run_bounded
from assistants_app.graphs.catalog import Catalog


class OwnCode:
    """Thread-safe. What failed is not tried again: the site is started again when its code was put right."""

    def __init__(self, catalog: Catalog, *, seconds: float = 60) -> None:
        self._catalog = catalog
        self._seconds = seconds
        self._found: dict[ObjectAddress, Any] = {}
        self._failed: dict[ObjectAddress, str] = {}
        self._lock = threading.Lock()

    def load(self, address: ObjectAddress) -> Any:
        """Raises OwnCodeUnavailable, which says why in one line."""
        with self._lock:
            if address not in self._found and address not in self._failed:
                self._import(address)
            if address in self._failed:
                raise OwnCodeUnavailable(self._failed[address])
            return self._found[address]

    def _import(self, address: ObjectAddress) -> None:
        from assistants_app.graphs.importing import import_object

        place = f"{address.path or address.module}:{address.name}"
        try:
            self._found[address] = run_bounded(lambda: import_object(address, self._catalog.path.parent), self._seconds)
        except Exception as error:  # whatever the code raises while it is imported
            self._failed[address] = f"{place} cannot be loaded: {failures.summary(error)}"
