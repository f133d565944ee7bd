"""Whom an authentication handler names: a text, a dictionary or an object of its own, told to all in one form."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assistants_app.domain.json_values import text_fault
from assistants_app.services.authors import LABEL_LENGTH


class User:
    """As handlers and graphs see it: `user.identity` and `user["identity"]`, and whatever else it was given."""

    def __init__(self, found: Any, values: Mapping[str, Any]) -> None:
        self._found = found
        self._values = dict(values)

    @property
    def identity(self) -> str:
        return str(self._values["identity"])

    @property
    def display_name(self) -> str:
        return str(self._values.get("display_name") or self.identity)

    @property
    def is_authenticated(self) -> bool:
        return bool(self._values.get("is_authenticated", True))

    @property
    def permissions(self) -> Sequence[str]:
        return [str(one) for one in self._values.get("permissions") or ()]

    def to_dict(self) -> dict[str, Any]:
        own = {"identity": self.identity, "display_name": self.display_name, "permissions": list(self.permissions)}
        return {**self._values, **own, "is_authenticated": self.is_authenticated}

    def __getitem__(self, key: str) -> Any:
        return self.to_dict()[key]

    def __contains__(self, key: object) -> bool:
        return key in self.to_dict()

    def __iter__(self) -> Iterator[str]:
        return iter(self.to_dict())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._values:
            return self._values[name]
        return getattr(self._found, name)


def as_user(found: Any) -> User:
    """Raises TypeError for what names nobody."""
    if isinstance(found, str):
        return User(found, {"identity": found})
    if isinstance(found, Mapping):
        values = dict(found)
    else:
        names = ("identity", "display_name", "is_authenticated", "permissions")
        kept = {name: value for name, value in getattr(found, "__dict__", {}).items() if not name.startswith("_")}
        values = kept | {name: getattr(found, name) for name in names if hasattr(found, name)}
    if not values.get("identity"):
        raise TypeError(f"The authentication handler returned a {type(found).__name__} without an identity.")
    return User(found, values)


def label_of(user: User) -> str:
    """The author of what they change, as pages show it."""
    name = " ".join(user.display_name.split())
    return f"{'' if text_fault(name) else name} (API)".strip()[:LABEL_LENGTH]
