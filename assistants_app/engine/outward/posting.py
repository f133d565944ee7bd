"""Posting to addresses that strangers or operators named: to public ones alone, unless the site allows others.

The address is checked whenever a connection is made: names may lead elsewhere by then. Redirects are not followed.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import httpcore
from django.conf import settings

from assistants_app.domain.public_addresses import is_public

ANSWER_SECONDS = 10.0


class NotPublic(httpcore.ConnectError):
    """The name leads to an address that no webhook may have."""


async def post(url: str, content: bytes, more: Iterable[tuple[str, str]] = ()) -> int:
    """The status of the answer; what it says beside that is not read. Raises NotPublic, and what networks raise."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    headers = [("Host", host), ("Content-Type", "application/json"), ("User-Agent", "assistants"), *more]
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), ANSWER_SECONDS)
    async with (
        asyncio.timeout(ANSWER_SECONDS),
        httpcore.AsyncConnectionPool(network_backend=PublicNetwork()) as pool,
        pool.stream("POST", url, headers=headers, content=content, extensions={"timeout": timeouts}) as answer,
    ):
        return answer.status


class PublicNetwork(httpcore.AsyncNetworkBackend):
    """Connects to public addresses alone, unless the site's settings allow others."""

    def __init__(self) -> None:
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        found = await addresses(host, port)
        if not settings.WEBHOOKS_PRIVATE and not all(map(is_public, found)):
            raise NotPublic(host)
        return await self._network.connect_tcp(found[0], port, timeout, local_address, socket_options)

    async def connect_unix_socket(self, *arguments: Any, **more: Any) -> httpcore.AsyncNetworkStream:
        raise NotPublic("a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


async def addresses(host: str, port: int) -> list[str]:
    """Those of a host, the first to be called first."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]
