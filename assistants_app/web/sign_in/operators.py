"""What operators do about the sign-ins of others: end them, and take off a second factor that was lost."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assistants_app.services.second_factors import take_second_factor
from assistants_app.services.sessions import end_all_sessions
from assistants_app.web.access import SignedInRequest, author_of, operators_only


@operators_only
@require_POST
def sign_out(request: SignedInRequest, pk: int) -> HttpResponse:
    person = end_all_sessions(pk=pk, author=author_of(request))
    messages.success(request, _("%(name)s is signed out everywhere.") % {"name": person})
    return redirect("person", pk=pk)


@operators_only
@require_POST
def take_factor(request: SignedInRequest, pk: int) -> HttpResponse:
    person = take_second_factor(pk=pk, author=author_of(request))
    messages.success(request, _("%(name)s signs in without a second factor next time.") % {"name": person})
    return redirect("person", pk=pk)
