"""Templates keep the Content-Security-Policy, are used, and speak through gettext."""

import re

import pytest

from tests.guards.tree import PACKAGE, STATIC, TEMPLATES, find, name_of, python_files, templates

NAMES = {"Ctrl+S", "JSON", "UTC"}
"""The same in every language."""

FOUND_BY_DJANGO = {"403.html", "404.html", "500.html", "400.html", "403_csrf.html"}


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("an inline script", r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>"),
        ("an inline style", r"<style\b|\sstyle="),
        ("an inline event handler", r"<[^>]*\son[a-z]+\s*="),
        ("evaluated code", r"javascript:|hx-on|hx-vals=['\"]js:"),
        ("something from another host", r"(?:src|action)=\"https?://|<link[^>]*href=\"https?://"),
    ],
)
def test_no_template_holds(what: str, pattern: str) -> None:
    assert not find(pattern, templates(), re.IGNORECASE), what


def test_every_template_is_used() -> None:
    """By a view, another template, or by its kind of field."""
    sources = "\n".join(path.read_text() for path in (*python_files(PACKAGE), *templates()))
    by_kind = {path.name for path in (TEMPLATES / "fields").glob("*.html")} if "fields/" in sources else set()
    unused = [
        name
        for path in templates()
        if (name := str(path.relative_to(TEMPLATES))) not in sources
        and name not in FOUND_BY_DJANGO
        and not (name.startswith("fields/") and path.name in by_kind)
        and not name.startswith("admin/")
    ]

    assert not unused


def test_every_static_file_is_used() -> None:
    paths = [path for path in STATIC.rglob("*") if path.is_file()]
    sources = "\n".join(
        path.read_text()
        for path in (*python_files(PACKAGE), *templates(), *(p for p in paths if p.suffix in {".css", ".js"}))
    )
    unused = [name_of(path) for path in paths if path.name not in sources]

    assert not unused


def _bare_text(source: str) -> list[str]:
    """The words of a template that no translation can reach."""
    for translated in (
        r"{%\s*comment.*?endcomment\s*%}",
        r"{#.*?#}",
        r"<!--.*?-->",
        r"{%\s*block \w*class\w*\s*%}.*?{%\s*endblock\b.*?%}",
        r"{%\s*blocktranslate\b.*?endblocktranslate\s*%}",
        r"<(script|code|kbd|svg)\b.*?</\1>",
        r"{%.*?%}",
        r"{{.*?}}",
    ):
        source = re.sub(translated, "", source, flags=re.DOTALL)
    attributes = re.findall(r"\b(?:title|placeholder|alt|aria-label)=\"([^\"]*)\"", source)
    texts = re.split(r"<[^>]*>", source)
    return [
        text.strip() for text in (*attributes, *texts) if re.search(r"[A-Za-z]{2}", text) and text.strip() not in NAMES
    ]


def test_every_text_can_be_translated() -> None:
    bare = {name_of(path): text for path in templates() if (text := _bare_text(path.read_text()))}

    assert not bare


def test_bare_text_is_seen() -> None:
    source = '<p title="A">{% translate "One" %} two {{ three }}</p>{% if x > 1 %}<b aria-label="Four">5</b>{% endif %}'

    assert _bare_text(source) == ["Four", "two"]
