"""What `serve` prints: short, aligned, one thing a line. Meant for a terminal, so it is not translated."""

from collections.abc import Iterable
from pathlib import Path

from django.core.management.color import Style

from assistants_app.domain.product import version
from assistants_app.graphs.catalog import Catalog

_INDENT = 12


class Greeting:
    """Builds the lines; `style` colours them where the terminal can."""

    def __init__(self, style: Style) -> None:
        self._style = style

    def title(self) -> str:
        return f"\n{self._style.MIGRATE_HEADING(f'Assistants {version()}')}\n"

    def graphs(self, catalog: Catalog) -> str:
        """Which graphs there are, which cannot be used and why."""
        if catalog.problem:
            return self._lines("Graphs", [self._style.ERROR(catalog.problem)])
        available = [entry.graph_id for entry in catalog.entries() if entry.available]
        first = ", ".join(available) or "none is available"
        lines = [first + (" (the bundled examples)" if catalog.bundled else f"  ({catalog.path})")]
        for entry in catalog.entries():
            if not entry.available:
                lines.append(self._style.WARNING(f"{entry.graph_id} is not available: {entry.error}"))
                lines += [f"  {need}" for need in entry.needs]
            lines += [f"{entry.graph_id}: {note}" for note in entry.notes]
        return self._lines("Graphs", [*lines, *catalog.notes])

    def data(self, folder: Path, database: str) -> str:
        return self._lines("Data", [str(folder), *([database] if database else [])])

    def sign_in(self, lines: Iterable[str]) -> str:
        return self._lines("Sign in", lines)

    def ready(self, url: str, notes: Iterable[str] = ()) -> str:
        return "\n" + self._lines("Ready at", [f"{self._style.SUCCESS(url)}  (Ctrl-C stops it)", *notes]) + "\n"

    @staticmethod
    def _lines(name: str, lines: Iterable[str]) -> str:
        return "\n".join(
            f"  {name if number == 0 else '':{_INDENT - 2}}{line}".rstrip() for number, line in enumerate(lines)
        )
