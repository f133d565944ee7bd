"""Who may open a page. Signing in is asked of every page by Django's own middleware."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from assistants_app.models import Person

P = ParamSpec("P")


class SignedInRequest(HttpRequest):
    """A request behind LoginRequiredMiddleware, as type checkers see it."""

    user: Person


View = Callable[Concatenate[SignedInRequest, P], HttpResponse]


def operators_only(view: View[P]) -> View[P]:
    """Answers everybody else with the 403 page."""

    @wraps(view)
    def guarded(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_superuser:
            raise PermissionDenied(_("Only operators can open this page."))
        return view(request, *args, **kwargs)

    return guarded
