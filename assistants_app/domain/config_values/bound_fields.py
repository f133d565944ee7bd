"""A form with values: what the templates read. Its HTML names are made in `names`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from assistants_app.domain.config_values.names import FieldNames
from assistants_app.domain.errors import FieldError
from assistants_app.domain.form_spec.fields import Choice, FieldSpec, FormSpec, Kind
from assistants_app.domain.json_values import Settings

State = Literal["default", "null", "value"]
Token = Literal["default", "null", "value", "auto", "json"]


@dataclass(frozen=True, slots=True)
class BoundChoice:
    """An option as it stands in a form: `token` is what the browser submits."""

    choice: Choice
    token: str
    selected: bool
    offered: bool = True  # False: stored, but no longer among the schema's options; kept and marked

    @property
    def label(self) -> str:
        return self.choice.label


@dataclass(frozen=True, slots=True)
class BoundRow:
    """One row of a list, map or tuple."""

    field: "BoundField"
    index: int
    token: str = "new"  # the stored index that it came from
    last: bool = False
    key: str = ""  # of a map's row, as typed
    key_errors: tuple[str, ...] = ()
    key_choices: tuple[str, ...] = ()  # the only keys allowed, when the schema lists them
    movable: bool = True
    removable: bool = True

    @property
    def number(self) -> int:
        return self.index + 1

    @property
    def key_name(self) -> str:
        return f"{self.field.path}#key"

    @property
    def key_id(self) -> str:
        return f"{self.field.id}-key"

    @property
    def summary(self) -> str:
        return self.field.summary

    @property
    def can_go_up(self) -> bool:
        return self.movable and self.index > 0

    @property
    def can_go_down(self) -> bool:
        return self.movable and not self.last

    @property
    def remove_action(self) -> str:
        return f"remove:{self.field.path}"

    @property
    def up_action(self) -> str:
        return f"up:{self.field.path}"

    @property
    def down_action(self) -> str:
        return f"down:{self.field.path}"

    @property
    def duplicate_action(self) -> str:
        return f"duplicate:{self.field.path}"


@dataclass(frozen=True, slots=True, eq=False)
class BoundField(FieldNames):
    """One field with its value, as strings. A secret's value is nowhere in it.

    `state` is what the setting is now; `state_token` is what `#state` submits. They differ where the input is
    shown although nothing is set: "auto" means "a value if something was typed, else absent"; and for a value
    its own widget cannot show ("json": the text is JSON).
    """

    spec: FieldSpec
    path: str  # the start of all its names
    pointer: str  # RFC 6901, within the settings
    state: State = "value"
    state_token: Token = "value"
    widget: Kind = Kind.TEXT  # which template; differs from spec.kind when the value needs another
    text: str = ""
    offset: str = ""  # of a DATETIME
    checked: bool = False  # BOOLEAN
    choices: tuple[BoundChoice, ...] = ()
    children: tuple["BoundField", ...] = ()
    rows: tuple[BoundRow, ...] = ()
    branch: int | None = None
    inner: "BoundField | None" = None  # the chosen branch of a union
    carried: tuple[tuple[str, str], ...] = ()  # hidden inputs: (name, value)
    other: str = ""  # JSON of the keys that the schema does not know, kept; "" when there are none
    secret_set: bool = False
    secret_action: Literal["keep", "replace", "clear", "variable"] = "keep"
    variable: str = ""  # of a secret: the environment variable that it is read from
    default_text: str = ""  # the graph's default in words; "" when the schema does not tell
    summary: str = ""
    errors: tuple[str, ...] = ()
    gap: bool = False  # whether the error is that it is empty
    warnings: tuple[str, ...] = ()
    visible: bool = True  # False: hidden by `visible_if`, still posted
    enabled: bool = True  # False: off by `disabled_when`, neither posted nor read
    can_be_absent: bool = True  # False for items: there is no graph default to go back to
    input_type: str = "text"
    add_refused: str = ""  # why no row can be added, "" when one can
    remove_refused: str = ""

    @property
    def label(self) -> str:
        return self.spec.label

    @property
    def help(self) -> str:
        return self.spec.help

    @property
    def template(self) -> str:
        return f"fields/{self.widget}.html"

    @property
    def is_default(self) -> bool:
        """Nothing is set, and there is no input to type in: show the default and *Override*."""
        return self.state_token == "default"

    @property
    def is_null(self) -> bool:
        return self.state == "null"

    @property
    def is_open(self) -> bool:
        """Whether the widget itself is to be shown."""
        return self.state_token in ("value", "auto", "json")

    @property
    def can_reset(self) -> bool:
        return self.can_be_absent and self.state != "default" and not self.spec.read_only

    @property
    def below(self) -> tuple["BoundField", ...]:
        """The fields directly inside this one."""
        inner = (self.inner,) if self.inner else ()
        return (*self.children, *(row.field for row in self.rows), *inner)

    @property
    def has_errors(self) -> bool:
        """Whether this field, or one inside it, has an error: then it must not be folded."""
        return bool(self.errors) or any(row.key_errors for row in self.rows) or any(f.has_errors for f in self.below)

    def walk(self) -> Iterator["BoundField"]:
        """This field and all inside it, outermost first."""
        yield self
        for part in self.below:
            yield from part.walk()


@dataclass(frozen=True, slots=True, eq=False)
class BoundSection:
    title: str
    fields: tuple[BoundField, ...]
    folded: bool = False

    @property
    def has_errors(self) -> bool:
        return any(field.has_errors for field in self.fields)


@dataclass(frozen=True, slots=True, eq=False)
class BoundForm:
    """A form with values. `other` are stored keys the schema does not know (secrets among them hidden): kept."""

    spec: FormSpec
    root: BoundField
    other: Settings
    prefix: str = ""
    errors: tuple[FieldError, ...] = ()  # all of them, in the order of the fields, for the summary on top
    warnings: tuple[FieldError, ...] = ()

    @property
    def fields(self) -> tuple[BoundField, ...]:
        """The settings' fields; the root itself when the schema can only be written as JSON."""
        return self.root.children if self.root.widget is Kind.OBJECT else (self.root,)

    @property
    def action_name(self) -> str:
        return f"{self.prefix}#action"

    @property
    def form_errors(self) -> tuple[str, ...]:
        """What is wrong with the settings as a whole."""
        return self.root.errors if self.root.widget is Kind.OBJECT else ()

    @property
    def sections(self) -> tuple[BoundSection, ...]:
        if self.root.widget is not Kind.OBJECT:
            return (BoundSection("", (self.root,)),)
        by_key = {field.spec.key: field for field in self.fields}
        return tuple(
            BoundSection(section.title, tuple(by_key[key] for key in section.keys if key in by_key), section.folded)
            for section in self.spec.sections
        )

    def field(self, pointer: str) -> BoundField | None:
        """The innermost field whose pointer is `pointer`."""
        found = None
        for bound in self.root.walk():
            if bound.pointer == pointer:
                found = bound
        return found

    @property
    def error_links(self) -> tuple[tuple[str, str, str], ...]:
        """(id, label, message) of each error, for the summary on top that links to the fields."""
        fields: dict[str, BoundField] = {}
        for bound in self.root.walk():
            fields[bound.pointer] = bound
        return tuple(_link(fields, error) for error in self.errors)


def _link(fields: dict[str, BoundField], error: FieldError) -> tuple[str, str, str]:
    pointer = error.pointer
    while pointer not in fields and pointer:
        pointer = pointer.rpartition("/")[0]
    bound = fields[pointer] if pointer in fields else fields[""]
    return bound.id, bound.label if bound.pointer else "", error.message


@dataclass(frozen=True, slots=True)
class Reading:
    """What a submitted form means: the settings to save, and what is wrong with them.

    `warnings` do not block: a stored value that the schema no longer allows and nobody touched, a missing key
    of a TypedDict. `not_checked` are reasons, in words, why parts were saved without a check.
    """

    settings: Settings
    errors: tuple[FieldError, ...] = ()
    warnings: tuple[FieldError, ...] = ()
    not_checked: tuple[str, ...] = ()
