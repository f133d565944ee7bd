"""Pages for what went wrong: said in the product's words, with a way on, and never losing what was typed."""

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from assistants_app.domain.errors import EngineNotRunning, NotAllowed, NotFound, ProductError, StaleBase, ThreadBusy
from assistants_app.domain.review_errors import ReviewMoved


class SignInIsOld(PermissionDenied):
    """Who wants this has to prove who they are, and has nothing to prove it by: no password, no second factor."""

    def __str__(self) -> str:
        return _("For this you must have signed in within the last few minutes. Sign out, then sign in again.")


class ProductErrorPages(MiddlewareMixin):
    """Answers the product's own errors that a view let through with their page, and Django's empty 405 with one."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if isinstance(response, HttpResponseNotAllowed) and request.method == "GET" and not response.content:
            page = _page(
                request,
                405,
                title=_("Nothing is shown here"),
                message=_("This address only takes what a form sends, and nothing was sent. Nothing was changed."),
            )
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, ProductError):
            return None
        if isinstance(exception, NotFound):
            return not_found(request, exception)
        if isinstance(exception, NotAllowed):
            return forbidden(request, exception)
        return _page(request, _status(exception), title=_("This could not be done"), message=exception.message)


def _status(error: ProductError) -> int:
    if isinstance(error, EngineNotRunning):
        return 503
    return 409 if isinstance(error, StaleBase | ThreadBusy | ReviewMoved) else 400


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return _page(
            request,
            413,
            title=_("That was too much at once"),
            message=_("What you sent is larger than this site accepts, so nothing was saved."),
            keep=True,
        )
    return _page(
        request,
        400,
        title=_("This request was not understood"),
        message=_("Something in the request did not make sense, so nothing was saved."),
        keep=True,
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    reason = str(exception) if isinstance(exception, PermissionDenied | NotAllowed) else ""
    page = _page(
        request,
        403,
        title=_("Sign in") if isinstance(exception, SignInIsOld) else _("This is not for your account"),
        message=reason or _("You are signed in, but not allowed to open this."),
        by_password=isinstance(exception, SignInIsOld) and not settings.OIDC_ONLY,
    )
    page.refusal = reason  # type: ignore[attr-defined] # for the audit log
    return page


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    message = exception.message if isinstance(exception, ProductError) else ""
    return _page(
        request,
        404,
        title=_("Nothing is here"),
        message=_(message) if message else _("There is no page at this address. It may have been moved or deleted."),
    )


def too_often(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        429,
        title=_("That was too often"),
        message=_("You, or somebody at your address, tried that too many times. Wait a minute, then try again."),
        keep=True,
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's own page for this speaks of cookies and referers, and says nothing about the typed text."""
    return _page(
        request,
        403,
        title=_("Nothing was saved yet"),
        message=_(
            "This page was open since before you last signed in, or your browser blocks cookies, "
            "so we could not tell that the request came from you."
        ),
        keep=True,
    )


def signed_out(request: HttpRequest) -> HttpResponse:
    """For what was sent by somebody who is not signed in any more: 401, and the way back to what was typed."""
    return _page(
        request,
        401,
        title=_("You are signed out"),
        message=_(
            "Nothing was saved: you were signed out meanwhile. Sign in in another tab, then come back to this one."
        ),
        keep=True,
    )


def _page(
    request: HttpRequest, status: int, *, title: str, message: str, keep: bool = False, by_password: bool = False
) -> HttpResponse:
    """One page for all of them. With `keep` it says how to go back to what was typed; `by_password`: that a
    new password is a way on."""
    context = {"status": status, "error_title": title, "message": message, "keep": keep, "by_password": by_password}
    return render(request, "errors/error.html", context, status=status)
