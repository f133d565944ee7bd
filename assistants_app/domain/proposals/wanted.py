"""What a model's reply asks to change: read tolerantly, believed in nothing."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from assistants_app.domain.errors import InvalidJson, Refused
from assistants_app.domain.json_values import ABSENT, Absent, Json, load_strict
from assistants_app.domain.language import gettext as _
from assistants_app.domain.language import gettext_noop

LONGEST_REPLY: Final = 400_000
"""Characters."""

LONGEST_SAID: Final = 600

_FENCE = re.compile(r"```\w*[ \t]*\n(.*?)```", re.DOTALL)


class NoProposal(Refused):
    """The model could not be asked, or answered beside the point."""

    says = gettext_noop("The model’s answer made no sense. Say it in other words.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One change: a setting, or a part of one, gets a value; ABSENT leaves it to the graph."""

    pointer: str
    value: Json | Absent

    @property
    def key(self) -> str:
        """The setting's pointer: the first step."""
        return "/" + self.pointer[1:].partition("/")[0]

    @property
    def as_json(self) -> dict[str, Json]:
        if self.value is ABSENT:
            return {"pointer": self.pointer, "reset": True}
        return {"pointer": self.pointer, "value": self.value}


@dataclass(frozen=True, slots=True)
class Reply:
    """`said` are the model's own words to the person; `senseless` is how many changes could not be read."""

    changes: tuple[Wanted, ...] = ()
    said: str = ""
    senseless: int = 0


def read_reply(text: str) -> Reply:
    """Raises NoProposal."""
    if not text.strip():
        raise NoProposal(_("The model answered nothing. Try again, or say it in other words."))
    if len(text) > LONGEST_REPLY:
        raise NoProposal(_("The model’s answer was too long to be used."))
    value = next((found for found in _values_in(text) if found is not ABSENT), None)
    if isinstance(value, list):
        value = {"changes": value}
    if not isinstance(value, Mapping) or not isinstance(value.get("changes"), list):
        raise NoProposal
    said = value.get("say")
    return read_changes(value["changes"], said=said.strip()[:LONGEST_SAID] if isinstance(said, str) else "")


def read_changes(found: Sequence[Json], said: str = "") -> Reply:
    read = [_change(one) for one in found]
    changes = tuple(one for one in read if one is not None)
    return Reply(changes, said, len(read) - len(changes))


def _change(value: Json) -> Wanted | None:
    if not isinstance(value, Mapping):
        return None
    pointer = value.get("pointer", value.get("path"))
    if not isinstance(pointer, str) or not pointer.strip("/"):
        return None
    pointer = pointer if pointer.startswith("/") else f"/{pointer}"
    if value.get("reset") is True:
        return Wanted(pointer, ABSENT)
    return Wanted(pointer, value["value"]) if "value" in value else None


def _values_in(text: str) -> Iterator[Json | Absent]:
    """The JSON that a text is, or that stands in it: in a fence of Markdown, or between its outermost braces."""
    yield _json(text)
    for fenced in _FENCE.findall(text):
        yield _json(fenced)
    for start, end in (("{", "}"), ("[", "]")):
        first, last = text.find(start), text.rfind(end)
        if 0 <= first < last:
            yield _json(text[first : last + 1])


def _json(text: str) -> Json | Absent:
    try:
        value = load_strict(text.strip())
    except InvalidJson:
        return ABSENT
    return value if isinstance(value, dict | list) else ABSENT


@dataclass(frozen=True, slots=True)
class Pending:
    """A proposal between two requests, kept by the page itself: what was said, and what it came to so far.

    The page may send back whatever it likes: it is read as a reply is, and goes through the same checks again.
    """

    sentences: tuple[str, ...] = ()
    changes: tuple[Wanted, ...] = ()

    @property
    def as_text(self) -> str:
        if not self.changes:
            return ""
        kept: dict[str, Any] = {"sentences": list(self.sentences), "changes": [one.as_json for one in self.changes]}
        return json.dumps(kept, ensure_ascii=False)

    @classmethod
    def of(cls, text: str) -> "Pending":
        """Nothing, where it makes no sense."""
        value = _json(text) if 0 < len(text) <= LONGEST_REPLY else ABSENT
        if not isinstance(value, Mapping) or not isinstance(value.get("changes"), list):
            return cls()
        said = value.get("sentences")
        sentences = [one for one in said if isinstance(one, str)] if isinstance(said, list) else []
        return cls(tuple(sentences), read_changes(value["changes"]).changes)

    def and_then(self, sentence: str, changes: Sequence[Wanted]) -> "Pending":
        """After another sentence: of two changes of the same place the later one counts."""
        later = {one.pointer for one in changes}
        kept = [one for one in self.changes if one.pointer not in later]
        return Pending((*self.sentences, sentence), (*kept, *changes))

    def only(self, key: str) -> "Pending":
        return Pending(self.sentences, tuple(one for one in self.changes if one.key == key))

    def without(self, keys: set[str]) -> "Pending":
        return Pending(self.sentences, tuple(one for one in self.changes if one.key not in keys))
