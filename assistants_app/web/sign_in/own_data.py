"""The name that others see, and the e-mail address: what people change about themselves."""

from functools import partial
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from assistants_app.domain.errors import Refused
from assistants_app.domain.people_errors import LinkSpent
from assistants_app.services import own_data
from assistants_app.web.access import SignedInRequest
from assistants_app.web.sign_in.account import stay_signed_in
from assistants_app.web.sign_in.letters import ask_for_letter, was_asked


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def name(request: SignedInRequest) -> HttpResponse:
    typed = request.POST.get("full_name", request.user.get_full_name())
    if request.method != "POST":
        return _page(request, "sign_in/own_name.html", typed=typed)
    try:
        own_data.change_own_name(person=request.user, full_name=typed)
    except Refused as error:
        return _page(request, "sign_in/own_name.html", status=422, typed=typed, error=error.message)
    messages.success(request, _("Your name is saved."))
    return redirect("account")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(enabled=lambda request: own_data.may_change_address(request.user))  # type: ignore[untyped-decorator]
def address(request: SignedInRequest) -> HttpResponse:
    """For who has just proved who they are. It answers alike for an address that somebody else has."""
    typed = request.POST.get("email", "").strip()
    if not own_data.may_change_address(request.user):
        return redirect("account")  # which says who changes it
    if request.method != "POST":
        return _page(request, "sign_in/own_address.html", typed="", sent=was_asked(request))
    send = partial(own_data.ask_for_address, person=request.user, address=typed)
    try:
        return ask_for_letter(request, send, limit="change_email", key=str(request.user.pk))
    except Refused as error:
        return _page(request, "sign_in/own_address.html", status=422, typed=typed, error=error.message)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def address_proof(request: SignedInRequest, token: str) -> HttpResponse:
    """A look leaves the link unspent."""
    try:
        if request.method != "POST":
            new = own_data.address_of_link(person=request.user, token=token)
            return _page(request, "sign_in/own_address_proof.html", new=new)
        key = str(request.session.session_key)
        person = own_data.prove_address(person=request.user, token=token, session_key=key)
    except LinkSpent:
        return _page(request, "sign_in/own_address_spent.html", status=410)
    stay_signed_in(request, person)
    messages.success(request, _("Your e-mail address is %(address)s now.") % {"address": person.email})
    return redirect("account")


def _page(request: SignedInRequest, page: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, page, context, status=status)
