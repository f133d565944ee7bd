"""A field that is read: as it was shown, as it would be shown empty, and what is stored in it."""

from dataclasses import dataclass, replace
from typing import Final

from assistants_app.domain.config_values.bound_fields import BoundField
from assistants_app.domain.form_spec.fields import FieldSpec
from assistants_app.domain.json_values import ABSENT, Absent, Json
from assistants_app.domain.language import gettext as _
from assistants_app.domain.language import gettext_noop

Value = Json | Absent

BLANK: Final = gettext_noop("Fill this in.")


@dataclass(frozen=True, slots=True)
class Asked:
    """One field as it was shown, and what is stored in it.

    `empty` is the same field shown open with nothing in it; `untouched` says that it was shown the way it was
    posted, so that equal strings mean that nobody touched it.
    """

    shown: BoundField
    empty: BoundField
    stored: Value
    untouched: bool

    @property
    def spec(self) -> FieldSpec:
        return self.shown.spec

    @property
    def auto(self) -> bool:
        return self.empty.state_token == "auto"

    def kept(self) -> tuple[BoundField, Value]:
        return self.shown, self.stored

    def nothing(self) -> tuple[BoundField, Value]:
        """Left empty: absent where that is possible, else an error."""
        if self.auto:
            return replace(self.empty, state="default"), ABSENT
        return self.lacking(self.empty, _(BLANK))

    def lacking(self, bound: BoundField, message: str) -> tuple[BoundField, Value]:
        """Empty, where a value is needed."""
        return self.wrong(replace(bound, gap=True), message)

    def wrong(self, bound: BoundField, message: str) -> tuple[BoundField, Value]:
        return replace(bound, state="value", errors=(*bound.errors, message)), self.stored


def cannot_be_saved(fault: str) -> str:
    return _("This cannot be saved: %(fault)s.") % {"fault": fault}
