"""A model's Markdown as HTML: rendered, and harmless."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_app.web.chat import tags
from assistants_app.web.markdown import LONGEST, GrowingText, to_html


def test_it_works() -> None:
    html = to_html(
        "# Title\n\n**bold** ~~gone~~ `code`\n\n- one\n- two\n\n| a | b |\n|--:|---|\n| 1 | 2 |\n\n```py\nx < 1\n```"
    )
    for part in ("<h1>Title</h1>", "<strong>bold</strong>", "<s>gone</s>", "<li>one</li>", '<td class="align-right">1'):
        assert part in html
    assert '<code class="language-py">x &lt; 1\n</code>' in html


def test_a_line_break_stays_one() -> None:
    assert "<br>" in to_html("one\ntwo")


def test_links_open_apart_and_tell_nobody() -> None:
    assert to_html("[a](https://e.org)") == (
        '<p><a href="https://e.org" target="_blank" rel="noopener noreferrer nofollow">a</a></p>\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "[x](file:///etc/passwd)",
        "![x](javascript:alert(1))",
        "![x](data:image/svg+xml;base64,PHN2Zz4=)",
        '[x](https://e.org "a\\" onclick=\\"alert(1)")',
        '<https://e.org/"onclick=alert(1)>',
        "[a]: javascript:alert(1)\n\n[a]",
        '```"><script>alert(1)</script>\n```',
        "<iframe src=//e.org></iframe><style>*{}</style><a href=x style=y>",
    ],
)
def test_nothing_in_it_runs(text: str) -> None:
    seen = Seen()
    seen.feed(to_html(text))
    assert not seen.tags & {"script", "iframe", "style", "svg", "img", "object"}
    assert seen.attributes <= {"href", "title", "target", "rel", "class"}
    assert all(address.startswith(("http:", "https:", "mailto:")) for address in seen.addresses)


class Seen(HTMLParser):
    """What a browser would find in a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}
        self.addresses += [str(value) for name, value in attrs if name in ("href", "src")]


@pytest.mark.parametrize("source", ["https://e.org/a.png", "//e.org/a.png", "/assistants/"])
def test_no_picture_is_loaded_from_anywhere(source: str) -> None:
    assert "<img" not in to_html(f"![a picture]({source})")
    assert "a picture" in to_html(f"![a picture]({source})")


def test_a_picture_that_comes_along_is_shown() -> None:
    assert '<img src="data:image/png;base64,iVBO" alt="x">' in to_html("![x](data:image/png;base64,iVBO)")


def test_a_huge_text_is_shown_plain() -> None:
    html = to_html("<b>" + "a" * LONGEST)
    assert html.startswith('<div class="plain">&lt;b&gt;aaa')


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    assert isinstance(to_html(text), str)


DOCUMENT = """\
Para one **bold**.

- a
- b

1. x

   more

```py
code

# no title
```

| a |
|---|
| 1 |

> q

end"""


@pytest.mark.parametrize("step", [1, 3, 7, 40])
def test_growing_ends_as_the_whole(step: int) -> None:
    growing, settled, last = GrowingText(), "", ""
    for start in range(0, len(DOCUMENT), step):
        growing.add(DOCUMENT[start : start + step])
        more, last = growing.render()
        settled += more
    assert settled + last == to_html(DOCUMENT)
    assert growing.settled >= 3


def test_short_texts_are_rendered_once_and_long_ones_are_not_kept() -> None:
    tags._cached.cache_clear()
    for text in ("short", "short", "x" * (tags.CACHED_LENGTH + 1)):
        assert tags.markdown(text) == to_html(text)

    assert tags._cached.cache_info()[:2] == (1, 1)  # hits, misses


WIDE = "|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n" + "x|\n" * 230
"""Two thousand characters, and 69,000 cells."""


@pytest.mark.parametrize("before", ["", "> ", "- "])
def test_a_table_of_hardly_any_text_and_very_many_cells_stays_lines(before: str) -> None:
    text = before + WIDE.replace("\n", "\n" + before.replace("-", " "))

    assert "<table" not in to_html(text)
    assert "x|" in to_html(text)


def test_nor_do_many_such_tables_add_up() -> None:
    narrow = WIDE[: WIDE.index("x|")] + "x|\n" * 30

    assert "<table" in to_html(narrow)
    assert "<table" not in to_html("\n\nand\n\n".join([narrow] * 3))


def test_such_a_table_that_grows_stays_lines() -> None:
    growing = GrowingText()
    growing.add(f"One.\n\n{WIDE}")

    settled, last = growing.render()

    assert settled == "<p>One.</p>\n"
    assert "<table" not in last
    assert "x|" in last


def test_a_long_table_is_one() -> None:
    html = to_html("| a | b |\n|---|--:|\n" + "| 1 | 2 |\n" * 3000)

    assert html.count("<td") == 6000
