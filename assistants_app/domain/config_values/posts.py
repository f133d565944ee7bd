"""What a browser posts: names, each with a list of strings. Read here, and foretold for an untouched form."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from assistants_app.domain.config_values.bound_fields import BoundField, BoundForm
from assistants_app.domain.config_values.fits import MOST_FIELDS, MOST_ROWS
from assistants_app.domain.form_spec.fields import Kind

FormData: TypeAlias = dict[str, list[str]]

_LINES: Final = frozenset({Kind.TEXTAREA, Kind.PROMPT, Kind.JSON})
_BREAK: Final = re.compile("\r\n|\r|\n")
_BRANCH: Final = re.compile(r"#(\d{1,4})(?=[/#]|$)", re.ASCII)
_HALF: Final = re.compile("[\ud800-\udfff]")


class Post:
    """Posted names. A value that is not a list of strings counts as not posted."""

    __slots__ = ("_branches", "data", "rows_left")

    def __init__(self, data: Mapping[str, Sequence[str]]) -> None:
        self.data = data
        self.rows_left = MOST_FIELDS
        self._branches: dict[str, list[tuple[int, str]]] | None = None

    def takes_rows(self, count: int) -> bool:
        """Whether a list may have so many rows; those of one form are counted together."""
        self.rows_left -= count
        return count <= MOST_ROWS and self.rows_left >= 0

    def every(self, name: str) -> list[str]:
        values = self.data.get(name, ())
        return [value for value in values if isinstance(value, str)] if isinstance(values, list | tuple) else []

    def first(self, name: str) -> str | None:
        values = self.every(name)
        return values[0] if values else None

    def last(self, name: str) -> str | None:
        values = self.every(name)
        return values[-1] if values else None

    def beside(self, path: str, chosen: int | None) -> Iterator[tuple[str, str]]:
        """Every (name, value) in the branches of the union at `path` but in the chosen one."""
        if self._branches is None:
            self._branches = {}
            for name in self.data:
                for mark in _BRANCH.finditer(name):
                    self._branches.setdefault(name[: mark.start()], []).append((int(mark[1]), name))
        for branch, name in self._branches.get(path, ()):
            if branch != chosen:
                for value in self.every(name):
                    yield name, value


def lines(text: str) -> str:
    """A text as a browser gives it back: every line break is CRLF."""
    return _BREAK.sub("\r\n", text)


def same_lines(left: str, right: str) -> bool:
    """Whether two texts are the same to a browser, which knows one kind of line break."""
    return left == right or _BREAK.sub("\n", left) == _BREAK.sub("\n", right)


def presentable(text: str) -> str:
    """A text that can be sent to a browser: half a surrogate pair cannot be written as UTF-8."""
    return _HALF.sub("\ufffd", text)


def form_data(form: BoundForm) -> FormData:
    """What a browser posts when a form is sent as it was shown."""
    data = entries(form.root)
    if form.root.widget is Kind.OBJECT:
        del data[form.root.state_name]  # the settings as a whole are always there
    return data


def entries(field: BoundField) -> FormData:
    """What a browser posts of one field, and of all inside it."""
    data: FormData = {}
    for name, value in _entries(field):
        data.setdefault(name, []).append(value)
    return data


def _entries(field: BoundField) -> Iterator[tuple[str, str]]:
    spec = field.spec
    if spec.hidden or spec.read_only or not field.enabled:
        return
    yield field.state_name, field.state_token
    if not field.is_open:
        return
    if field.widget in _LINES:
        yield field.name, lines(field.text)
    elif field.widget is Kind.BOOLEAN:
        yield field.present_name, "1"
        if field.checked:
            yield field.name, "true"
    elif field.widget in (Kind.RADIO, Kind.SELECT):
        yield from _selected(field)
    elif field.widget is Kind.MULTISELECT:
        yield field.present_name, "1"
        yield from _selected(field)
    elif field.widget is Kind.SECRET:
        action = field.secret_action
        yield field.secret_name, "replace" if action == "keep" and not field.secret_set else action
        yield field.name, field.text
        yield field.variable_name, field.variable
    elif field.widget is Kind.DATETIME:
        yield field.name, field.text
        yield field.offset_name, field.offset
    elif field.widget in (Kind.TEXT, Kind.NUMBER, Kind.SLIDER, Kind.DATE, Kind.TIME):
        yield field.name, field.text
    else:
        yield from _inside(field)


def _selected(field: BoundField) -> Iterator[tuple[str, str]]:
    chosen = [choice.token for choice in field.choices if choice.selected]
    if not chosen and (field.widget is Kind.SELECT or (field.widget is Kind.RADIO and field.state_token == "auto")):
        chosen = [""]
    for token in chosen:
        yield field.name, token


def _inside(field: BoundField) -> Iterator[tuple[str, str]]:
    for row in field.rows:
        yield field.items_name, row.token
        if field.spec.kind is Kind.MAP:
            yield row.key_name, row.key
    if field.widget is Kind.UNION:
        yield field.branch_name, "" if field.branch is None else str(field.branch)
        yield from field.carried
    if field.spec.open_ended and field.widget is Kind.OBJECT:
        yield field.other_name, lines(field.other)
    for part in field.below:
        yield from _entries(part)
