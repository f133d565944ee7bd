"""What went wrong in a run, in words that can be stored and shown."""

from assistants_app.domain.errors import ProductError
from assistants_app.domain.json_values import Json

LENGTH = 4_000
"""Of an error's message; some quote their whole input."""


def describe(error: BaseException) -> Json:
    """{"error": class, "message": text}, as the LangGraph Server API shows it."""
    if isinstance(error, ProductError):
        return {"error": type(error).__name__, "message": error.message}
    return {"error": type(error).__name__, "message": safe_text(str(error)) or type(error).__name__}


def safe_text(text: str) -> str:
    """The text without what a database refuses, cut to LENGTH."""
    clean = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    return clean if len(clean) <= LENGTH else clean[:LENGTH] + " …"
