"""Test cases as JSON lines: one object a line, each of which says in which format it is.

    {"format": "assistants-test-case.v1", "name": "Greets", "input": {"messages": […]}, "checks": [{"kind": …}]}

`checks` are told in `checks`. Lines may be taken away, added and put together from several files.
"""

import json
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from assistants_app.domain.cases.errors import InvalidCase, InvalidCases
from assistants_app.domain.errors import InvalidJson
from assistants_app.domain.json_values import Json, load_strict
from assistants_app.domain.language import gettext as _

FORMAT: Final = "assistants-test-case.v1"
KEYS: Final = frozenset({"format", "name", "input", "checks"})
MOST_FAULTS: Final = 20
"""Lines that are named at once."""

Content = TypeVar("Content")
Reader = Callable[[str, Json, Json], Content]
"""Makes something of a name, an input and checks, or raises InvalidCase."""


def written(name: str, given: Json, checks: Json) -> str:
    """One line, with its end."""
    told = {"format": FORMAT, "name": name, "input": given, "checks": checks}
    return json.dumps(told, ensure_ascii=False, allow_nan=False) + "\n"


def read_lines(data: bytes, reader: Reader[Content], *, most: int) -> list[Content]:
    """What every line means. Raises InvalidCases, which names each line that means nothing by its number."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidCases([_("It is no text in UTF-8.")]) from None
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if not lines:
        raise InvalidCases([_("There is no test case in it.")])
    if len(lines) > most:
        raise InvalidCases([_("It has more than %(count)s test cases.") % {"count": most}])
    found: list[Content] = []
    faults: list[str] = []
    for number, line in lines:
        try:
            found.append(_read(line, reader))
        except (InvalidCase, InvalidJson, _Stranger) as error:
            told = "; ".join(one.message for one in error.errors) if isinstance(error, InvalidCase) else str(error)
            faults.append(_("Line %(number)s: %(fault)s") % {"number": number, "fault": told})
    if faults:
        raise InvalidCases([*faults[:MOST_FAULTS], *_more(len(faults) - MOST_FAULTS)])
    return found


class _Stranger(Exception):
    """A line is no test case of this format."""


def _read(line: str, reader: Reader[Content]) -> Content:
    value = load_strict(line)
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise _Stranger(_("it is no object with the format “%(format)s”.") % {"format": FORMAT})
    if strangers := sorted(set(value) - KEYS):
        raise _Stranger(_("nobody knows what %(keys)s means here.") % {"keys": ", ".join(strangers)[:200]})
    name = value.get("name")
    return reader(name if isinstance(name, str) else "", value.get("input"), value.get("checks"))


def _more(count: int) -> Iterable[str]:
    if count > 0:
        yield _("And %(count)s more lines.") % {"count": count}
