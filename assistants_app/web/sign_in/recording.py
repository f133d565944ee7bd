"""What the audit log tells of signing in and out, and of second factors: all of it from signals, connected here."""

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import user_logged_in as signed_in
from allauth.mfa import signals as second_factors
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from assistants_app.domain.json_values import Json
from assistants_app.models import Person
from assistants_app.services import audit, letters
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.refusals import record_failed_sign_in
from assistants_app.services.sessions import forget_session
from assistants_app.web.sign_in.presence import note_sign_in


def connect() -> None:
    """Once, when the apps are there."""
    for signal, receiver in (
        (user_logged_in, note_sign_in),
        (user_logged_out, _signed_out),
        (user_login_failed, _failed),
        (signed_in, _signed_in),
        (second_factors.authenticator_added, _added),
        (second_factors.authenticator_reset, _made_anew),
        (second_factors.authenticator_removed, _removed),
        (second_factors.authentication_failed, _wrong_code),
    ):
        signal.connect(receiver, dispatch_uid=receiver.__name__)


def _record(action: Action, person: Person, **after: Json) -> None:
    audit.record(
        action,
        author=Author.of(person),
        kind=ObjectKind.PERSON,
        id=person.pk,
        name=str(person),
        after=after or None,
    )


def _signed_in(*, request: HttpRequest, user: Person, **_signal: Any) -> None:
    _record(Action.SIGNED_IN, user, by=[each["method"] for each in get_authentication_records(request, user)])


def _signed_out(*, request: HttpRequest, user: Person | None, **_signal: Any) -> None:
    if user is None:
        return
    if key := request.session.session_key:
        forget_session(key)
    _record(Action.SIGNED_OUT, user)


def _failed(*, credentials: dict[str, Any], **_signal: Any) -> None:
    record_failed_sign_in(name=str(credentials.get("username", "")))


def _added(*, user: Person, authenticator: Any, **_signal: Any) -> None:
    _record(Action.SECOND_FACTOR_ADDED, user, kind=authenticator.type)
    if authenticator.type == Authenticator.Type.TOTP:  # its first recovery codes come along
        letters.tell(letters.FACTOR_ADDED, user)


def _made_anew(*, user: Person, authenticator: Any, **_signal: Any) -> None:
    _record(Action.SECOND_FACTOR_ADDED, user, kind=authenticator.type)
    letters.tell(letters.CODES_MADE, user)


def _removed(*, user: Person, authenticator: Any, **_signal: Any) -> None:
    _record(Action.SECOND_FACTOR_REMOVED, user, kind=authenticator.type)
    if authenticator.type == Authenticator.Type.TOTP:
        letters.tell(letters.FACTOR_REMOVED, user)


def _wrong_code(*, user: Person, **_signal: Any) -> None:
    record_failed_sign_in(name=user.get_username())
