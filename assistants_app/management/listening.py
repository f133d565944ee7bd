"""The address that `serve` listens on: taken before anything slow begins, so that a taken port is said at once."""

import errno
import os
import socket

from django.conf import settings
from django.core.management.base import CommandError

from assistants_app.api.access.this_machine import is_loopback

_EVERYWHERE = {"0.0.0.0", "::", ""}
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def refuse_without_keys(host: str) -> None:
    """Raises CommandError where everybody of the network could call an API that asks for no keys."""
    if settings.API_AUTH == "none" and not (host == "localhost" or is_loopback(host)):
        place = host or "every address"
        raise CommandError(
            f"ASSISTANTS_API_AUTH=none is for this machine alone, and {place} is open to the network. "
            "Leave it out, and give each program a key."
        )


def take_address(host: str, port: int) -> socket.socket:
    """A bound socket that does not listen yet. Raises CommandError in words."""
    if not 0 <= port <= 65535:
        raise CommandError(f"{port} is no port: choose one between 0 and 65535.")
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror:
        raise CommandError(f"There is no address {host} on this machine.") from None
    listener = socket.socket(family, kind, protocol)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise CommandError(_refusal(error, host, port)) from None
    return listener


def _refusal(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use. Choose another, as in --port {port + 1 if port < 65535 else 8000}."
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights. Choose one above 1023, as in --port 8000."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"There is no address {host} on this machine."
    return f"{host}:{port} cannot be listened on: {error.strerror}."


def site_url(host: str, listener: socket.socket) -> str:
    """Where a browser on this machine finds the site."""
    name = "127.0.0.1" if host in _EVERYWHERE else host
    return f"http://{f'[{name}]' if ':' in name else name}:{listener.getsockname()[1]}/"


def answer_to(host: str) -> list[str]:
    """Let the site answer at the address that it was told to listen on. Returns what to tell about it."""
    if host in _LOOPBACK or "ALLOWED_HOSTS" in os.environ:
        return []
    names = ["*"] if host in _EVERYWHERE else [*settings.ALLOWED_HOSTS, host]
    settings.ALLOWED_HOSTS = names
    os.environ["ALLOWED_HOSTS"] = ",".join(names)  # for the process that --reload starts
    if host in _EVERYWHERE:
        return ["Open to the network under every name: ALLOWED_HOSTS=name,name limits it."]
    return []
