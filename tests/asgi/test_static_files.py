"""Static files, with no collectstatic."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.test import override_settings

from assistants_app.static_files import StaticFiles, content_mark
from tests.asgi.asking import Answer, ask

NAME = "css/base.css"


def get(path: str, **more: Any) -> Answer:
    return asyncio.run(ask(StaticFiles(), path, **more))


def test_it_works() -> None:
    answer = get(static(NAME))
    assert answer.status == 200
    assert answer.headers["content-type"] == 'text/css; charset="utf-8"'
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert b"@layer" in answer.body


@pytest.mark.parametrize("name", [NAME, "admin/css/base.css", "django_htmx/htmx-2.min.js"])
def test_an_address_with_its_mark_may_be_kept_for_ever(name: str) -> None:
    address = static(name)
    assert address == f"/static/{name}?v={content_mark(name)}"
    assert get(address).headers["cache-control"] == "max-age=31536000, public, immutable"


@pytest.mark.parametrize("query", ["", "?v=", "?v=000000000000", "?x=1", "?v=%00&v=1"])
def test_an_address_without_its_mark_is_asked_for_again(query: str) -> None:
    answer = get(f"/static/{NAME}{query}")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "max-age=0, public"


def test_what_has_not_changed_is_not_sent_again() -> None:
    tag = get(static(NAME)).headers["etag"]
    answer = get(static(NAME), if_none_match=tag)
    assert (answer.status, answer.body) == (304, b"")


def test_a_part() -> None:
    answer = get(static(NAME), range="bytes=3-9")
    assert answer.status == 206
    assert answer.body == get(static(NAME)).body[3:10]


def test_only_its_head() -> None:
    answer = get(static(NAME), method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


def test_nothing_can_be_written() -> None:
    assert get(static(NAME), method="POST").status == 405


def test_a_file_that_was_replaced(tmp_path: Path) -> None:
    """As an upgrade does it, while the site goes on."""
    forget: Any = finders.get_finder.cache_clear  # type: ignore[attr-defined]
    with override_settings(STATICFILES_DIRS=[tmp_path]):
        forget()
        app = StaticFiles()
        try:
            for text in ("one", "one and two", "three"):
                (tmp_path / "replaced.txt").write_text(text)
                answer = asyncio.run(ask(app, static("replaced.txt")))
                assert answer.body.decode() == text
                assert answer.headers["content-length"] == str(len(text))
                assert "immutable" in answer.headers["cache-control"]
            (tmp_path / "replaced.txt").unlink()
            assert asyncio.run(ask(app, "/static/replaced.txt")).status == 404
            assert static("replaced.txt") == "/static/replaced.txt"
        finally:
            forget()


@pytest.mark.parametrize("path", ["css/none.css", "", "css", "../manage.py", "css/../../manage.py", "/etc/passwd"])
def test_what_is_not_there(path: str) -> None:
    assert get(f"/static/{path}").status == 404


def test_an_address_of_no_file_is_left_alone() -> None:
    assert static("css/none.css") == "/static/css/none.css"
