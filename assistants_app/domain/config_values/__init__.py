"""Submitted strings <-> settings. The door to the parts that bind, read and rearrange a form."""

from assistants_app.domain.config_values.actions import apply_action
from assistants_app.domain.config_values.binding import bind
from assistants_app.domain.config_values.bound_fields import (
    BoundChoice,
    BoundField,
    BoundForm,
    BoundRow,
    BoundSection,
    Reading,
)
from assistants_app.domain.config_values.hidden import (
    masks,
    secret_pointers,
    strays,
    unmatched_masks,
    with_secrets,
    without_secrets,
)
from assistants_app.domain.config_values.posts import FormData, form_data
from assistants_app.domain.config_values.submitting import Submission, bind_submitted, read, submit

__all__ = [
    "BoundChoice",
    "BoundField",
    "BoundForm",
    "BoundRow",
    "BoundSection",
    "FormData",
    "Reading",
    "Submission",
    "apply_action",
    "bind",
    "bind_submitted",
    "form_data",
    "masks",
    "read",
    "secret_pointers",
    "strays",
    "submit",
    "unmatched_masks",
    "with_secrets",
    "without_secrets",
]
