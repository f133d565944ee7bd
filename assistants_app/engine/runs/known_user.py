"""The caller whom custom authentication named, as a graph gets it."""

from collections.abc import Mapping
from typing import Any


class KnownUser(dict[str, Any]):
    """What authentication returned, by key or by name: `user["role"]` and `user.role`.

    `langgraph_sdk.auth.types.BaseUser` in shape; every user has its names. A dictionary, so that a graph may keep it
    in its state.
    """

    def __init__(self, known: Mapping[str, Any]) -> None:
        identity = known.get("identity", "")
        everybody = {"identity": identity, "display_name": identity, "is_authenticated": True, "permissions": []}
        super().__init__({**everybody, **known})

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"The user has no {name!r}.") from None
