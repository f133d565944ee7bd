"""Submitted strings <-> settings. The door to the parts that bind, read and rearrange a form."""

from assistants_app.domain.binding import bind
from assistants_app.domain.bound_fields import BoundChoice, BoundField, BoundForm, BoundRow, BoundSection, Reading

__all__ = ["BoundChoice", "BoundField", "BoundForm", "BoundRow", "BoundSection", "Reading", "bind"]
