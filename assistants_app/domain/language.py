"""The words that this floor makes, in the language of who reads them.

Floor 0 knows no Django: the application installs the translator (`apps.py`); without one, words stay as they are
written here. Nothing is translated at import, when nobody reads yet: constants are marked by `gettext_noop`, so
that `makemessages` finds them, and translated where they are used.
"""

from typing import Protocol


class Translator(Protocol):
    """What is needed of `django.utils.translation`."""

    def gettext(self, message: str) -> str: ...

    def ngettext(self, singular: str, plural: str, number: int) -> str: ...

    def get_language(self) -> str | None: ...


class Untranslated:
    """Words as they are written."""

    def gettext(self, message: str) -> str:
        return message

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return singular if number == 1 else plural

    def get_language(self) -> str | None:
        return None


_translator: Translator = Untranslated()


def install(translator: Translator) -> Translator:
    """Let a translator say this floor's words from now on; the one until now is returned."""
    global _translator
    before, _translator = _translator, translator
    return before


def gettext(message: str) -> str:
    return _translator.gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    return _translator.ngettext(singular, plural, number)


def gettext_noop(message: str) -> str:
    """Only a mark: these words are translated where they are used."""
    return message


def get_language() -> str | None:
    """The reader's language: whatever remembers words remembers them by it."""
    return _translator.get_language()
