"""What a client asks of the server itself."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
async def ok(request: HttpRequest) -> JsonResponse:
    """Answers once the site serves."""
    return JsonResponse({"ok": True})
