"""The real nginx with the `nginx.conf` that is shipped, on loopback, before a site."""

import datetime
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.commands.served import ROOT, Started

SHIPPED = ROOT / "assistants_app" / "examples" / "deploy" / "nginx.conf"

AROUND = """
daemon off;
master_process off;
pid nginx.pid;
error_log stderr notice;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include site.conf;
}
"""
"""What a system's own nginx.conf says around the shipped one: here one process, with the rights of the tests."""

LISTEN = """listen 127.0.0.1:{port};
    listen 127.0.0.1:{tls_port} ssl;
    ssl_certificate certificate.pem;
    ssl_certificate_key certificate.pem;"""


def find_nginx() -> str | None:
    """Debian keeps it where only root's PATH leads."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


class Nginx(Started):
    """`with Nginx(program, folder, site.url) as nginx:`, or several sites' addresses; `url` and `tls_url` are where it
    listens, without a slash at their ends."""

    def __init__(self, program: str, folder: Path, *sites: str) -> None:
        port, tls_port = _free_ports(2)
        self.url, self.tls_url = f"http://127.0.0.1:{port}", f"https://127.0.0.1:{tls_port}"
        shipped = SHIPPED.read_text()
        for ours, here in (
            ("listen 80;", LISTEN.format(port=port, tls_port=tls_port)),
            ("server web:8000;", " ".join(f"server {urlsplit(site).netloc};" for site in sites)),
        ):
            assert shipped.count(ours) == 1
            shipped = shipped.replace(ours, here)
        (folder / "site.conf").write_text(shipped)
        (folder / "nginx.conf").write_text(AROUND)
        (folder / "certificate.pem").write_bytes(_certificate())
        super().__init__(
            *("-e", "stderr", "-p", str(folder), "-c", "nginx.conf"),
            folder=folder,
            command=[program],
            ready=r'using the "\w+" event method',
        )


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _number in range(count)]
        return [one.getsockname()[1] for one in taken]


@contextmanager
def gone() -> Iterator[str]:
    """The address of what was on a machine that is gone: connections are neither taken nor refused."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as stack:
        for _number in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        yield "http://{}:{}".format(*full.getsockname())


def _certificate() -> bytes:
    """A key, and what it signed for itself."""
    key, name, now = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return signed.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
