"""The caller whom custom authentication named, as a graph gets it."""

from collections.abc import Iterator, Mapping
from typing import Any


class KnownUser(Mapping[str, Any]):
    """What authentication returned, by key or by name: `user["role"]` and `user.role`.

    `langgraph_sdk.auth.types.BaseUser` in shape. What it did not return is an AttributeError or a KeyError, save the
    names that every user has.
    """

    def __init__(self, known: Mapping[str, Any]) -> None:
        identity = known.get("identity", "")
        defaults = {"identity": identity, "display_name": identity, "is_authenticated": True, "permissions": []}
        self._known = {**defaults, **known}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._known:
            raise AttributeError(f"The user has no {name!r}.")
        return self._known[name]

    def __getitem__(self, key: str) -> Any:
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def __repr__(self) -> str:
        return f"KnownUser({self._known.get('identity')!r})"
