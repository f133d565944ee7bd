"""The people of the site, for operators."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assistants_app.domain.errors import Refused
from assistants_app.models import Person, Role
from assistants_app.models.grants import GRANTABLE
from assistants_app.services.grants import grantable
from assistants_app.services.people import add_person, one_time_link, set_active, set_operator
from assistants_app.web.access import SignedInRequest, author_of, operators_only
from assistants_app.web.person import Scopes, people_with_roles, scope_in

PAGE_SIZE = 25


@operators_only
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    return _people(request)


@operators_only
@require_POST
def add(request: SignedInRequest) -> HttpResponse:
    """Adds a person, and shows the link to send them. A refusal keeps what was typed."""
    typed = {
        name: request.POST.get(name, "") for name in ("username", "full_name", "email", "operator", "role", "scope")
    }
    try:
        person = add_person(
            username=typed["username"],
            full_name=typed["full_name"],
            email=typed["email"],
            operator=bool(typed["operator"]),
            role=grantable(typed["role"] or Role.VIEWER),
            scope=scope_in(request),
            author=author_of(request),
        )
    except Refused as error:
        return _people(request, status=422, typed=typed, error=error.message)
    return _link(request, person, added=True)


@operators_only
@require_POST
def new_link(request: SignedInRequest, pk: int) -> HttpResponse:
    return _link(request, get_object_or_404(Person, pk=pk, is_active=True))


@operators_only
@require_POST
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """One of the buttons of a row."""
    get_object_or_404(Person, pk=pk)
    author = author_of(request)
    try:
        match request.POST.get("do"):
            case "deactivate":
                person = set_active(pk=pk, active=False, author=author)
                said = _("%(name)s cannot sign in any more.")
            case "activate":
                person = set_active(pk=pk, active=True, author=author)
                said = _("%(name)s can sign in again.")
            case "make-operator":
                person = set_operator(pk=pk, operator=True, author=author)
                said = _("%(name)s is an operator now.")
            case "make-editor":
                person = set_operator(pk=pk, operator=False, author=author, sure=bool(request.POST.get("sure")))
                said = _("%(name)s is no operator any more.")
            case _other:
                return redirect("person", pk)
    except Refused as error:
        messages.error(request, error.message)
    else:
        messages.success(request, said % {"name": person})
    if request.user.pk == pk and not Person.objects.filter(pk=pk, is_superuser=True).exists():
        return redirect("home")  # who is no operator any more
    return redirect("person", pk)


def _people(request: SignedInRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    everybody = people_with_roles().order_by("-is_active", "-is_superuser", "username")
    page: Page[Person] = Paginator(everybody, PAGE_SIZE).get_page(request.GET.get("page"))
    shown = {"people": page, "roles": GRANTABLE, "scopes": Scopes.offered(), "typed": {"scope": "all"}}
    return render(request, "people/people.html", {**shown, **context}, status=status)


@never_cache
def _link(request: SignedInRequest, person: Person, *, added: bool = False) -> HttpResponse:
    """The link is shown this once and kept nowhere: it is made from what the person's row holds."""
    link = request.build_absolute_uri(one_time_link(person))
    return render(request, "people/link.html", {"person": person, "link": link, "added": added})
