"""The language that somebody reads in: kept by their browser, and for e-mails by the site."""

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import check_for_language
from django.views.i18n import set_language

from assistants_app.models import Person
from assistants_app.services.people import choose_language


def choose(request: HttpRequest) -> HttpResponseBase:
    """Strangers may too."""
    chosen = request.POST.get("language", "")
    if request.method == "POST" and isinstance(request.user, Person) and check_for_language(chosen):
        choose_language(person=request.user, language=chosen)
    return set_language(request)
