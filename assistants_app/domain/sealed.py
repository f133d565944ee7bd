"""Secrets as settings carry them: sealed, so that nothing which is shown or stored can tell them, or as the name of
an environment variable. Sealing and opening need keys: `services.secrets`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

MARK: Final = "$sealed$1$"
"""What every sealed secret begins with, in the stored text too."""

_SEALED: Final = re.compile(r"\$sealed\$1\$[0-9a-f]{8}\$[A-Za-z0-9_-]{22,}")
_VARIABLE: Final = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]{0,199})\}")


class Sealed(str):
    """A sealed value. Only what comes from our own tables, or was sealed just now, is one: the same letters from
    anywhere else are a text that cannot be saved (`json_values.text_fault`).

    Equal values sealed with one key are equal texts, so that two versions can be compared without opening them.
    """

    __slots__ = ()

    @property
    def key_id(self) -> str:
        return self[len(MARK) :].partition("$")[0]

    @property
    def content(self) -> str:
        return self.rpartition("$")[2]


def looks_sealed(text: str) -> bool:
    return text.startswith(MARK) and _SEALED.fullmatch(text) is not None


def revived(value: Any) -> Any:
    """Stored JSON whose sealed texts are `Sealed`."""
    return replaced(value, lambda text: Sealed(text) if looks_sealed(text) else text)


def replaced(value: Any, change: Callable[[str], Any]) -> Any:
    """JSON with each text in it changed; keys stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: replaced(part, change) for key, part in value.items()}
    if isinstance(value, list):
        return [replaced(part, change) for part in value]
    return value


def sealed_in(value: Any) -> Iterator[Sealed]:
    """Every sealed secret in some JSON."""
    if isinstance(value, Sealed):
        yield value
    elif isinstance(value, Mapping | list):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from sealed_in(part)


def variable_in(value: Any) -> str | None:
    """The environment variable that a value names in place of a secret: `${env:NAME}`."""
    if not isinstance(value, str) or not value.startswith("${env:") or isinstance(value, Sealed):
        return None
    found = _VARIABLE.fullmatch(value)
    return found[1] if found else None


def variable(name: str) -> str:
    """A setting's value that names an environment variable."""
    return "${env:" + name + "}"


def stands_for_another(value: Any) -> bool:
    """Whether a value is not what its graph gets: a schema's rules say nothing about it."""
    return isinstance(value, Sealed) or variable_in(value) is not None
