"""A secret's inputs -> its value, or the name of the environment variable that it is read from."""

from dataclasses import replace

from assistants_app.domain.config_values.asked import BLANK, Asked, Value, cannot_be_saved
from assistants_app.domain.config_values.bound_fields import BoundField
from assistants_app.domain.config_values.posts import Post, presentable
from assistants_app.domain.json_values import ABSENT, text_fault
from assistants_app.domain.language import gettext as _
from assistants_app.domain.sealed import variable, variable_in


def read_secret(asked: Asked, post: Post) -> tuple[BoundField, Value]:
    """Blank keeps. What was typed and is not saved yet stays in the form; what is stored is never in it."""
    typed, action = post.first(asked.empty.name) or "", post.first(asked.empty.secret_name)
    if action == "variable":
        return _read_variable(asked, (post.first(asked.empty.variable_name) or "").strip())
    if asked.shown.secret_set and asked.untouched:
        if action == "clear":
            return replace(asked.shown, secret_action="clear"), ABSENT
        if typed == "":
            return asked.kept()
    elif typed == "":
        return (asked.empty, ABSENT) if asked.shown.can_be_absent else asked.lacking(asked.empty, _(BLANK))
    base = asked.shown if asked.untouched else asked.empty
    bound = replace(base, text=presentable(typed), state="value", secret_action="replace", variable="")
    fault = text_fault(typed)
    return asked.wrong(bound, cannot_be_saved(fault)) if fault else (bound, typed)


def _read_variable(asked: Asked, name: str) -> tuple[BoundField, Value]:
    """Whether the site lets it be read is not for a form to know."""
    if asked.untouched and asked.shown.variable == name != "":
        return asked.kept()
    base = asked.shown if asked.untouched else asked.empty
    bound = replace(base, state="value", secret_action="variable", variable=presentable(name), summary=name)
    value = variable(name)
    if variable_in(value):
        return bound, value
    if not name:
        return asked.lacking(bound, _("Name the environment variable."))
    return asked.wrong(bound, _("Such a name has letters, digits and _ only, like LLM_API_KEY."))
