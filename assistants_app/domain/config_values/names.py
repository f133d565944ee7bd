"""Every HTML name of a form, made here and nowhere else.

A field's `name` is its JSON Pointer, with the form's prefix before it; but a map's row has its position where the
pointer has the key, and what lies in branch 2 of a union at /u starts with "/u#2". Names that end in "#…" carry
what is not the value itself:

    /path#state     default | null | value | auto | json: see BoundField.state_token
    /path#present   1: a checkbox or a multiselect was shown, so nothing posted means "off" or "none"
    /path#items     one per row of a list or map: the stored index it came from, or "new"
    /path/0#key     the key of a map's row
    /path#branch    the chosen branch of a union; what was typed in the others stays in `carried`
    /path#secret    keep | replace | clear | variable
    /path#variable  the name of an environment variable
    /path#typed     a secret that was typed and is not saved yet, as the page carries it on
    /path#other     JSON of the keys that an object has beyond its fields
    /path#offset    the UTC offset of a date-time
    #action         structural buttons, as `add_action`, `up_action`… give them: "add:/tags", "up:/tags/2"

A "#" within a key is written "~2" in names. The settings as a whole, when shown as one input, are "#value".
A textarea's template must emit one newline right after its opening tag: browsers eat one.
"""

from urllib.parse import quote


class FieldNames:
    """The names, ids and button values of one field."""

    __slots__ = ()

    path: str  # the start of all its names
    pointer: str  # RFC 6901, within the settings; "" for the settings as a whole

    @property
    def name(self) -> str:
        """Of the value's own input."""
        return self.path if self.pointer else f"{self.path}#value"

    @property
    def id(self) -> str:
        """The anchor of the field, and of its input: `#/temperature`."""
        return quote(self.name, safe="/~")

    @property
    def error_id(self) -> str:
        return f"{self.id}-error"

    @property
    def help_id(self) -> str:
        return f"{self.id}-help"

    @property
    def state_name(self) -> str:
        return f"{self.path}#state"

    @property
    def present_name(self) -> str:
        return f"{self.path}#present"

    @property
    def items_name(self) -> str:
        return f"{self.path}#items"

    @property
    def branch_name(self) -> str:
        return f"{self.path}#branch"

    @property
    def secret_name(self) -> str:
        return f"{self.path}#secret"

    @property
    def variable_name(self) -> str:
        return f"{self.path}#variable"

    @property
    def typed_name(self) -> str:
        return f"{self.path}#typed"

    @property
    def offset_name(self) -> str:
        return f"{self.path}#offset"

    @property
    def other_name(self) -> str:
        """Of the JSON with further keys, which an `open_ended` object shows as an input."""
        return f"{self.path}#other"

    @property
    def add_action(self) -> str:
        return f"add:{self.path}"

    @property
    def override_action(self) -> str:
        return f"override:{self.path}"

    @property
    def reset_action(self) -> str:
        return f"reset:{self.path}"

    @property
    def null_action(self) -> str:
        return f"null:{self.path}"

    @property
    def branch_action(self) -> str:
        return f"branch:{self.path}"

    @property
    def json_action(self) -> str:
        return f"json:{self.path}"

    @property
    def fields_action(self) -> str:
        """Back from JSON to the field's own widget."""
        return f"fields:{self.path}"
