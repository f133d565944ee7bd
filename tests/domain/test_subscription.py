"""Which events a listener of the thread-centred protocol wants. The rules are those of the official client."""

from itertools import product
from typing import Any

import pytest
from langgraph_sdk.stream.subscription import matches_subscription

from assistants_app.domain.subscription import CHANNELS, Subscription, is_channel

METHODS = {"input": "input.requested", "custom:a": "custom", "custom:b": "custom"}
NAMESPACES: list[list[str]] = [[], ["child:1"], ["child:2", "deep:3"], ["other:1"]]
WANTED: list[list[list[str]] | None] = [None, [[]], [["child"]], [["child:1"]], [["child", "deep"], ["other"]]]


@pytest.mark.parametrize("channels", [["values"], ["custom"], ["custom:a"], ["input", "lifecycle"], list(CHANNELS)])
def test_it_is_as_the_client_has_it(channels: list[str]) -> None:
    checked = 0
    for channel, namespace, wanted, depth in product(
        [*CHANNELS, "custom:a", "custom:b"], NAMESPACES, WANTED, [None, 0, 1]
    ):
        data = {"name": channel.partition(":")[2]} if channel.startswith("custom:") else {}
        event: Any = {"method": METHODS.get(channel, channel), "params": {"namespace": namespace, "data": data}}
        asked: Any = {"channels": channels}
        if wanted is not None:
            asked["namespaces"] = wanted
        if depth is not None:
            asked["depth"] = depth
        places = None if wanted is None else tuple(tuple(one) for one in wanted)
        own = Subscription(frozenset(channels), places, depth).wants(channel, namespace)
        assert own == matches_subscription(event, asked), (event, asked)
        checked += 1
    assert checked > 500


@pytest.mark.parametrize("name", ["values", "tools", "custom", "custom:looking"])
def test_channels(name: str) -> None:
    assert is_channel(name)


@pytest.mark.parametrize("name", ["", "bogus", "custom:", "debug", "events", "values "])
def test_what_is_no_channel(name: str) -> None:
    assert not is_channel(name)
