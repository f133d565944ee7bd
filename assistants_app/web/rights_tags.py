"""Template tags for what the signed-in person may do, so that no page offers what would be refused."""

from typing import Any

from django import template

from assistants_app.models import Assistant, Role
from assistants_app.services.authors import Author
from assistants_app.services.inbox import runs_that_ask
from assistants_app.services.rights import may as may_do
from assistants_app.services.rights import may_make_some, role_for

register = template.Library()


@register.simple_tag(takes_context=True)
def may(context: Any, role: str, assistant: Assistant) -> bool:
    """Whether their role for the assistant allows what this one does."""
    return may_do(_author(context), Role(role), assistant)


@register.simple_tag(takes_context=True)
def may_make(context: Any, graph_id: str | None = None) -> bool:
    """Whether they may make an assistant of this graph, or of any."""
    return may_make_some(_author(context), graph_id)


@register.simple_tag(takes_context=True)
def my_role(context: Any, assistant: Assistant) -> Role | None:
    return role_for(_author(context), assistant)


MOST_COUNTED = 99
"""More of what waits is told as "99+", so that no page counts thousands."""


@register.simple_tag(takes_context=True)
def waiting_count(context: Any) -> str:
    """How many threads wait for their answer; "" for none."""
    found = runs_that_ask(_author(context)).order_by()[: MOST_COUNTED + 1].count()
    return f"{MOST_COUNTED}+" if found > MOST_COUNTED else str(found or "")


def _author(context: Any) -> Author:
    return Author.of(context["request"].user)
