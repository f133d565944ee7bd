"""What went wrong in a run, in words that can be stored and shown."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pydantic import ValidationError

from assistants_app.domain.errors import FieldError, ProductError
from assistants_app.domain.json_values import Json
from assistants_app.domain.language import gettext as _
from assistants_app.domain.language import gettext_noop
from assistants_app.domain.log_lines import MASK

LENGTH = 4_000
"""Of an error's message; some quote their whole input."""

SHORTEST_SECRET = 6
"""Shorter ones are no real ones, and would tear holes into every message."""


class SettingsRefused(ProductError):
    says = gettext_noop("The graph refuses these settings.")

    def __init__(self, errors: list[FieldError]) -> None:
        lines = [f"{error.pointer.lstrip('/') or _('the whole')}: {error.message}" for error in errors]
        super().__init__(_("The graph refuses these settings: %(problems)s") % {"problems": "; ".join(lines)})
        self.errors = errors


def describe(error: BaseException, *, secrets: Sequence[str] = ()) -> Json:
    """{"error": class, "message": text}, as the LangGraph Server API shows it; each of `secrets` in it is masked.

    Refused settings add "settings": [{"pointer", "message"}, …].
    """
    words = error.message if isinstance(error, ProductError) else _words(error)
    for secret in secrets:
        words = words.replace(secret, MASK)
    text = safe_text(words)
    described: dict[str, Json] = {"error": type(error).__name__, "message": text or type(error).__name__}
    if isinstance(error, SettingsRefused):
        described["settings"] = [{"pointer": one.pointer, "message": safe_text(one.message)} for one in error.errors]
    return described


def _words(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # a graph's own class of error may fail at this too, and its run must still be ended
        return ""


@contextmanager
def refusals_named(schema: Mapping[str, Any] | None) -> Iterator[None]:
    """Turns what a graph's settings class raises, wherever the graph builds it, into SettingsRefused.

    The class is known by the title of the settings schema, which is its name.
    """
    name = str((schema or {}).get("title", ""))
    try:
        yield
    except ValidationError as error:
        if error.title != name:
            raise
        found = [FieldError("".join(f"/{part}" for part in one["loc"]), one["msg"]) for one in error.errors()]
        raise SettingsRefused(found) from error
    except TypeError as error:
        if not (missing := _missing_arguments(name, str(error))):
            raise
        raise SettingsRefused([FieldError(f"/{one}", "a value is needed") for one in missing]) from error


def _missing_arguments(name: str, message: str) -> list[str]:
    """The settings that a dataclass asks for, from Python's own message: "C.__init__() missing 2 required …"."""
    asked = name and re.match(rf"(\w+\.)*{re.escape(name)}\.__init__\(\) missing ", message)
    return re.findall(r"'(\w+)'", message) if asked else []


def safe_text(text: str) -> str:
    """The text without what a database refuses, cut to LENGTH."""
    clean = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    return clean if len(clean) <= LENGTH else clean[:LENGTH] + " …"
