"""A translator which puts brackets around what it is given: what stands outside of them was forgotten."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from assistants_app.domain import language


class Brackets:
    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return f"⟦{singular if number == 1 else plural}⟧"

    def get_language(self) -> str:
        return "brackets"


@contextmanager
def brackets() -> Iterator[None]:
    before = language.install(Brackets())
    try:
        yield
    finally:
        language.install(before)


def bare(text: str) -> str:
    """What of a text is in no brackets, the number of an item before it aside."""
    while text != (text := re.sub("⟦[^⟦⟧]*⟧", "", text)):
        pass
    return re.sub(r"^\d+: ", "", text).strip(" ;,")
