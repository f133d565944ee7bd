"""Who may open a page. Every page asks one to sign in, unless it says `login_not_required`.

What somebody may do is `services.rights`' to say, and the services enforce it once more. A page that is about one
assistant asks for it by `assistant_of`.
"""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from assistants_app.models import Assistant, Person, Role
from assistants_app.models.assistants import AssistantQuerySet
from assistants_app.services.authors import Author
from assistants_app.services.rights import require, visible_assistants
from assistants_app.web.errors import signed_out

P = ParamSpec("P")


class SignedInRequest(HttpRequest):
    """A request behind SignInRequired, as type checkers see it."""

    user: Person


class SignInRequired(LoginRequiredMiddleware):
    """Sends strangers to the sign-in page, but not away from a form: that would lose what they typed."""

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponse:
        if request.method in ("GET", "HEAD") and not request.headers.get("HX-Request"):
            return super().handle_no_permission(request, view_func)
        return signed_out(request)


View = Callable[Concatenate[SignedInRequest, P], HttpResponse]


def require_operator(request: SignedInRequest) -> None:
    """Raises PermissionDenied for everybody else."""
    if not request.user.is_superuser:
        raise PermissionDenied(_("Only operators can open this page."))


def operators_only(view: View[P]) -> View[P]:
    """Answers everybody else with the 403 page."""

    @wraps(view)
    def guarded(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        require_operator(request)
        return view(request, *args, **kwargs)

    return guarded


def author_of(request: SignedInRequest) -> Author:
    return Author.of(request.user)


def assistants_of(request: SignedInRequest) -> AssistantQuerySet:
    """Those that are there for the signed-in person."""
    return visible_assistants(author_of(request))


def assistant_of(request: SignedInRequest, assistant_id: uuid.UUID, role: Role = Role.VIEWER) -> Assistant:
    """The one that an address names. Raises AssistantNotFound, and NotAllowed for who has a lower role for it."""
    assistant = Assistant.objects.get_by_uuid(assistant_id)
    require(author_of(request), role, assistant)
    return assistant


def require_tester(request: SignedInRequest, assistant: Assistant) -> None:
    """For chatting with anything else than the live version. Raises NotAllowed."""
    require(author_of(request), Role.TESTER, assistant)
