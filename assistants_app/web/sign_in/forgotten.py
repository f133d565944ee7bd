"""Who forgot their password asks for a letter, and sets a new one by the link in it."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from assistants_app.domain.people_errors import LinkSpent
from assistants_app.models import Person
from assistants_app.services import letters
from assistants_app.services.forgotten import ask_for_link, is_offered, set_forgotten_password
from assistants_app.services.people import LONGEST_ADDRESS
from assistants_app.web.sign_in.adapters import forget_failures
from assistants_app.web.sign_in.letters import ask_for_letter, was_asked


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Always answers the same, whoever is asked for."""
    if not is_offered():
        raise Http404
    if request.method != "POST":
        return render(request, "sign_in/forgotten.html", {"sent": was_asked(request)})
    asked = request.POST.get("asked", "").strip()
    if not asked or len(asked) > LONGEST_ADDRESS:
        return render(request, "sign_in/forgotten.html", {"missing": True}, status=422)
    key = asked.casefold().encode("utf-8", "replace").decode()
    return ask_for_letter(request, partial(ask_for_link, asked=asked), limit="reset_password", key=key)


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest, token: str) -> HttpResponse:
    """A look leaves the link unspent. Signing in comes after, with the second factor of who has one."""
    if not is_offered():
        raise Http404
    try:
        person, _address = letters.reader_of(letters.FORGOTTEN, token)
        form: SetPasswordForm[Person] = SetPasswordForm(person, request.POST if request.method == "POST" else None)
        if not form.is_valid():
            context = {"form": form, "person": person}
            return render(request, "sign_in/forgotten_new.html", context, status=422 if form.is_bound else 200)
        set_forgotten_password(token=token, password=form.cleaned_data["new_password1"])
    except LinkSpent:
        return render(request, "sign_in/forgotten_spent.html", status=410)
    forget_failures(request, person.get_username())
    messages.success(request, _("Your new password is set. Sign in with it."))
    return redirect("sign-in")
