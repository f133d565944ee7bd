"""Which options a schema offers: `enum`, `oneOf` of consts, or the options of a hint."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from assistants_app.domain.form_spec.fields import Choice, FieldSpec
from assistants_app.domain.form_spec.hints import choice_label, humanise, names_secret
from assistants_app.domain.json_values import ABSENT, Absent, Json
from assistants_app.domain.language import gettext as _
from assistants_app.domain.language import gettext_noop, ngettext

RADIOS: Final = 4
"""As many options as are shown at once; more go into a select."""

_FEW: Final = 5

_TYPE_WORDS: Final[tuple[tuple[Any, str], ...]] = (
    (bool, gettext_noop("yes/no")),
    (str, gettext_noop("text")),
    (int | float, gettext_noop("number")),
    (list, gettext_noop("list")),
)

SEARCHED: Final = 12
"""More options than these are searched."""


def enum_choices(schema: Mapping[str, Json]) -> tuple[Choice, ...]:
    """The options of `enum` (with the names that forms write beside it), each value once. Empty when there are none."""
    values = schema.get("enum")
    if not isinstance(values, list):
        return ()
    names = schema.get("enumNames", schema.get("x-enum-varnames", schema.get("x-enumNames")))
    names = names if isinstance(names, list) and len(names) == len(values) else [None] * len(values)
    found: dict[str, Choice] = {}
    for value, name in zip(values, names, strict=True):
        label = name if isinstance(name, str) and name else choice_label(value)
        found.setdefault(_key(value), Choice(value, label))
    return told_apart(tuple(found.values()))


def const_choices(branches: Json) -> tuple[Choice, ...]:
    """The options of `oneOf` / `anyOf` when every branch is one value or an enum. Empty when one is not."""
    if not isinstance(branches, list) or not branches:
        return ()
    found: dict[str, Choice] = {}
    for branch in branches:
        if not isinstance(branch, Mapping):
            return ()
        if "const" in branch:
            title, help = branch.get("title"), branch.get("description")
            label = title if isinstance(title, str) and title else choice_label(branch["const"])
            choice = Choice(branch["const"], label, help if isinstance(help, str) else "")
            found.setdefault(_key(choice.value), choice)
        elif several := enum_choices(branch):
            for choice in several:
                found.setdefault(_key(choice.value), choice)
        else:
            return ()
    return told_apart(tuple(found.values()))


def offered_choices(schema: Mapping[str, Json]) -> tuple[Choice, ...]:
    """All the values a schema takes, when it lists them; else nothing."""
    return enum_choices(schema) or const_choices(schema.get("oneOf")) or const_choices(schema.get("anyOf"))


def with_default(choices: tuple[Choice, ...], default: Json | Absent) -> tuple[Choice, ...]:
    """The options, and the default where its author forgot it among them: it can be chosen too."""
    if default is ABSENT or default is None or isinstance(default, list) or position(choices, default) is not None:
        return choices
    return (*choices, Choice(default, choice_label(default)))


def told_apart(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Options whose labels look alike (`1` and `"1"`) get the value itself, as JSON, for a label."""
    labels = [choice.label for choice in choices]
    if len(set(labels)) == len(labels):
        return choices
    twice = {label for label in labels if labels.count(label) > 1} if len(labels) < 2000 else set()
    return tuple(
        Choice(choice.value, f"{choice.label} ({_(type_word(choice.value))})", choice.help)
        if choice.label in twice
        else choice
        for choice in choices
    )


def position(choices: tuple[Choice, ...], value: Json) -> int | None:
    """Where a value stands among the options: 1 is 1.0 as JSON Schema has it, but neither true nor "1"."""
    for index, choice in enumerate(choices):
        if same_value(choice.value, value):
            return index
    return None


def same_value(left: Json, right: Json) -> bool:
    """Equality of JSON Schema: 1 equals 1.0; true, 1 and "1" all differ."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same_value(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_value, left, right))
    return type(left) is type(right) and bool(left == right)


def type_word(value: Json) -> str:
    """The kind of a value, as people say it; not translated yet."""
    if value is None:
        return gettext_noop("empty")
    for kind, word in _TYPE_WORDS:
        if isinstance(value, kind):
            return word
    return gettext_noop("group")


def value_words(spec: FieldSpec, value: Json) -> str:
    """A value as the form would say it: an option's label, On and Off, items after each other."""
    if (index := position(spec.choices, value)) is not None:
        return spec.choices[index].label
    if value is None:
        return _("Empty (null)")
    if isinstance(value, bool):
        return _("On") if value else _("Off")
    if isinstance(value, str):
        return value or _("(empty text)")
    if isinstance(value, list):
        simple = all(isinstance(part, str | int | float) for part in value)
        return ", ".join(value_words(spec, part) for part in value) if simple and value else _items(len(value))
    if isinstance(value, dict):
        return _group_words(value)
    return str(value)


def any_of(names: Sequence[str]) -> str:
    """Alternatives, listed."""
    if len(names) <= 1:
        return "".join(names)
    return _("%(names)s or %(last)s") % {"names": ", ".join(names[:-1]), "last": names[-1]}


def _group_words(group: dict[str, Json]) -> str:
    """A few plain values each by name; what is named like a secret is not told."""
    if not group or len(group) > _FEW or any(isinstance(part, list | dict) for part in group.values()):
        return _values(len(group))
    told = ((key, _("(hidden)") if names_secret(key) else _plain_words(part)) for key, part in group.items())
    return ", ".join(f"{humanise(key)}: {words}" for key, words in told)


def _plain_words(part: Json) -> str:
    return choice_label(part) if not isinstance(part, bool) else _("On") if part else _("Off")


def _items(count: int) -> str:
    return ngettext("%(count)s item", "%(count)s items", count) % {"count": count} if count else _("No items")


def _values(count: int) -> str:
    return ngettext("%(count)s value", "%(count)s values", count) % {"count": count} if count else _("No values")


def _key(value: Json) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return repr(value)
