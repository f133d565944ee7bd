"""A small identity provider of OpenID Connect on loopback: discovery, authorize, token, keys, profile; real signatures.

`provider.person` is who signs in there next; `provider.twist` changes a token before it is signed.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, SECRET = "assistants", "a secret of the client"

Claims = dict[str, Any]


class IdentityProvider:
    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.person: Claims = {
            "sub": "1",
            "email": "erin@example.org",
            "email_verified": True,
            "name": "Erin Elsewhere",
        }
        self.twist: Callable[[Claims], object] = lambda claims: None
        self.signing: dict[str, Any] = {"algorithm": "RS256"}
        self.issuer_said: str | None = None
        self.refuses = False
        self.answers: dict[str, Any] = {}
        """Answers in place of its own, by path."""
        self._codes: dict[str, dict[str, str]] = {}
        self.url = ""

    def discovery(self) -> Claims:
        return {
            "issuer": self.issuer_said or self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/profile",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def keys(self) -> Claims:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes next."""
        assert asked["client_id"] == CLIENT_ID
        assert {"openid", "email"} <= set(asked["scope"].split())
        if self.refuses:
            return f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': asked['state']})}"
        code = secrets.token_urlsafe()
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, sent: dict[str, str]) -> Claims:
        asked = self._codes.pop(sent["code"])
        digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]
        assert (sent["client_id"], sent["client_secret"]) == (CLIENT_ID, SECRET)
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 60,
            "nonce": asked["nonce"],
            **self.person,
        }
        self.twist(claims)
        signing: dict[str, Any] = {"key": self.key, "headers": {"kid": "one"}, **self.signing}
        return {"access_token": "an-access-token", "token_type": "Bearer", "id_token": jwt.encode(claims, **signing)}


class _Handler(BaseHTTPRequestHandler):
    provider: IdentityProvider

    def do_GET(self) -> None:
        place, _mark, query = self.path.partition("?")
        if place in self.provider.answers:
            self._send(self.provider.answers[place])
        elif place == "/.well-known/openid-configuration":
            self._send(self.provider.discovery())
        elif place == "/keys":
            self._send(self.provider.keys())
        elif place == "/profile":
            assert self.headers["Authorization"] == "Bearer an-access-token"
            self._send(self.provider.person)
        elif place == "/authorize":
            self.send_response(302)
            self.send_header("Location", self.provider.authorize(_first(query)))
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        sent = _first(self.rfile.read(int(self.headers["Content-Length"])).decode())
        place = urlsplit(self.path).path
        self._send(self.provider.answers[place] if place in self.provider.answers else self.provider.token(sent))

    def _send(self, answer: Any) -> None:
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said: Any) -> None:
        """Nothing: pytest shows it all."""


def _first(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


@contextmanager
def identity_provider() -> Iterator[IdentityProvider]:
    provider = IdentityProvider()
    handler = type("Handler", (_Handler,), {"provider": provider})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        provider.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield provider
        server.shutdown()
        thread.join()
