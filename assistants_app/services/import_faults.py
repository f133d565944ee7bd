"""What services refuse of a file of assistants, as faults of that file."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from assistants_app.domain.errors import InvalidExport, InvalidSettings, InvalidText, ProductError
from assistants_app.domain.export_faults import placed


@contextmanager
def at_place(where: str) -> Iterator[None]:
    """What is refused within is wrong at this place of the file, unless it is told with one already. Raises
    InvalidExport."""
    try:
        yield
    except InvalidExport:
        raise
    except ProductError as error:
        raise InvalidExport([placed(where, what) for what in _sentences(error)]) from error


def _sentences(error: ProductError) -> list[str]:
    if isinstance(error, InvalidSettings):
        return [placed(f"“{one.pointer}”", one.message) if one.pointer else one.message for one in error.errors]
    if isinstance(error, InvalidText):
        labels = {"note": _("Note"), "description": _("Description"), "tags": _("Tags"), "created_at": _("Date")}
        return [placed(labels.get(error.field, error.field), error.message)]
    return [error.message]
