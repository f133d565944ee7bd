"""Somebody who looks at the pages of a site that is served by a process of its own."""

import re
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

from tests.commands.served import Served


class Browser:
    """Keeps cookies and sends CSRF tokens."""

    def __init__(self, site: Served) -> None:
        self._url = site.url.rstrip("/")
        self._cookies = CookieJar()
        self._opener: OpenerDirector = build_opener(HTTPCookieProcessor(self._cookies))

    @property
    def cookie(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._cookies)

    def get(self, path: str) -> str:
        with self._opener.open(self._url + path, timeout=60) as answer:
            return str(answer.read().decode())

    def post(self, path: str, page: str, **data: str) -> str:
        """The address that the answer leads to."""
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert found
        body = urlencode({"csrfmiddlewaretoken": found[1], **data}).encode()
        with self._opener.open(self._url + path, body, timeout=60) as answer:
            return str(urlsplit(answer.url).path)
