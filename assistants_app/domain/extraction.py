"""Paths into JSON values, as searches name them: `values.messages[-1].content`."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from assistants_app.domain.errors import InvalidInput
from assistants_app.domain.json_values import Json
from assistants_app.domain.language import gettext as _

Path = tuple[str | int, ...]

DEEPEST: Final = 50
"""Steps of a path; no value that is kept is deeper than twice that."""

_STEP = re.compile(r"(?:^|\.)([^.\[\]]+)|\[(-?\d{1,9})\]")


def read_path(text: str) -> Path:
    """Keys after dots, places in brackets, negative ones from the end. Raises InvalidInput."""
    steps: list[str | int] = []
    place = 0
    while place < len(text) and len(steps) <= DEEPEST:
        found = _STEP.match(text, place)
        if found is None:
            break
        key, index = found.groups()
        steps.append(key if index is None else int(index))
        place = found.end()
    if not steps or place < len(text) or not isinstance(steps[0], str):
        raise InvalidInput(
            _('"%(path)s" is no path: write keys after dots and places in brackets, as in values.messages[-1].content.')
            % {"path": text[:100]}
        )
    return tuple(steps)


def extract(value: Json, path: Path) -> Json:
    """What stands at a path; None where nothing does."""
    for step in path:
        if isinstance(step, str):
            if not isinstance(value, Mapping) or step not in value:
                return None
        elif not isinstance(value, Sequence) or isinstance(value, str) or not -len(value) <= step < len(value):
            return None
        value = value[step]
    return value
