"""For operators: what was sent by e-mail and webhook, what came of it, and a test of both."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from assistants_app.models import Delivery
from assistants_app.models.deliveries import Channel, DeliveryState, host_of
from assistants_app.services.news import send_test
from assistants_app.web.access import SignedInRequest, author_of, operators_only
from assistants_app.web.fragments import without_empty

PAGE_SIZE = 50


@operators_only
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    state, channel = request.GET.get("state", ""), request.GET.get("channel", "")
    found = Delivery.objects.defer("body", "payload")
    if state in DeliveryState.values:
        found = found.filter(state=state)
    if channel in Channel.values:
        found = found.filter(channel=channel)
    here = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "here": here,
        "state": state,
        "channel": channel,
        "states": DeliveryState.choices,
        "channels": Channel.choices,
        "mail_server": settings.EMAIL_HOST,
        "webhook": host_of(settings.REVIEW_WEBHOOK),
        "signed": bool(settings.REVIEW_WEBHOOK_SECRET),
        "older": without_empty(request.GET, page=here.next_page_number() if here.has_next() else None),
        "newer": without_empty(request.GET, page=here.previous_page_number() if here.has_previous() else None),
    }
    return render(request, "deliveries/deliveries.html", context)


@operators_only
@require_POST
def test(request: SignedInRequest) -> HttpResponse:
    sent = send_test(author=author_of(request))
    if sent:
        said = ngettext("%(n)s test is on its way.", "%(n)s tests are on their way.", sent) % {"n": sent}
        messages.success(request, said + " " + _("Open this page again in some seconds to see what came of it."))
    else:
        said = _("There is nowhere to send a test to: no webhook is set, nor e-mail with an address of yours.")
        messages.error(request, said)
    return redirect("deliveries")
