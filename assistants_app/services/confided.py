"""What programs confide with a run besides its settings, sealed where it is kept: what custom authentication and the
call's headers tell of who asked, and what is sent along when a task of other agents ends. Graphs and receivers get it
as it was."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from django.conf import settings as site

from assistants_app.domain.json_values import Json
from assistants_app.domain.sealed import Sealed
from assistants_app.services.secrets import keys, opened, renewed

Change: TypeAlias = Callable[[Json], Json]

OF_CALLER = ("user", "headers")


def sealed_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a run, or what a cron asks for, as they are kept; what was sealed before by the newest key."""
    found = dict(options)
    if isinstance(caller := found.get("caller"), Mapping):
        found["caller"] = _caller(caller, _sealed)
    if pushes := found.get("push"):
        found["push"] = [sealed_push(one) for one in pushes]
    return found


def opened_caller(caller: Mapping[str, Any]) -> dict[str, Any]:
    """Raises SecretNotOpened."""
    return _caller(caller, _opened)


def sealed_push(push: Mapping[str, Any]) -> dict[str, Any]:
    return _push(push, _sealed)


def opened_push(push: Mapping[str, Any]) -> dict[str, Any]:
    """Raises SecretNotOpened."""
    return _push(push, _opened)


def _caller(caller: Mapping[str, Any], change: Change) -> dict[str, Any]:
    return {name: change(value) if name in OF_CALLER and value else value for name, value in caller.items()}


def _push(push: Mapping[str, Any], change: Change) -> dict[str, Any]:
    found = dict(push)
    if found.get("token"):
        found["token"] = change(found["token"])
    said = found.get("authentication")
    if isinstance(said, Mapping) and said.get("credentials"):
        found["authentication"] = {**said, "credentials": change(said["credentials"])}
    return found


def _sealed(value: Json) -> Json:
    if isinstance(value, Sealed):
        return renewed(value, keys()[0])
    return keys()[0].seal(value) if site.SEAL_SECRETS else value


def _opened(value: Json) -> Json:
    return opened(value) if isinstance(value, Sealed) else value
