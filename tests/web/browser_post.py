"""What a browser would post of a page: successful controls, read from its HTML."""

from html.parser import HTMLParser


class BrowserPost(HTMLParser):
    """Collects names and values as browsers do: line breaks are CRLF, one leading newline of a textarea is eaten."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.data: dict[str, list[str]] = {}
        self._select: tuple[str | None, bool] | None = None
        self._options: list[tuple[str, bool]] = []
        self._textarea: str | None = None
        self._text: list[str] | None = None
        self._unseen = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = None if "disabled" in given else given.get("name")
        if tag == "noscript":
            self._unseen += 1
        elif self._unseen:
            return
        elif tag == "input":
            self._input(name, given)
        elif tag == "select":
            self._select, self._options = (name, "multiple" in given), []
        elif tag == "option" and self._select:
            self._options.append((given.get("value") or "", "selected" in given))
        elif tag == "textarea":
            self._textarea, self._text = name, []

    def handle_endtag(self, tag: str) -> None:
        if tag == "noscript":
            self._unseen -= 1
        elif tag == "select" and self._select:
            name, multiple = self._select
            chosen = [value for value, selected in self._options if selected]
            first = [] if multiple else [value for value, _ in self._options[:1]]
            for value in chosen or first:
                self._add(name, value)
            self._select = None
        elif tag == "textarea" and self._text is not None:
            text = "".join(self._text).replace("\r\n", "\n")
            self._add(self._textarea, text.removeprefix("\n").replace("\r", "\n").replace("\n", "\r\n"))
            self._text = None

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def _input(self, name: str | None, given: dict[str, str | None]) -> None:
        kind = given.get("type") or "text"
        if kind in ("checkbox", "radio"):
            if "checked" in given:
                self._add(name, given.get("value", "on") or "")
        elif kind not in ("submit", "button", "reset", "image"):
            value = given.get("value") or ""
            # A line has no line breaks: browsers take them out, all but those of a hidden input.
            self._add(name, value if kind == "hidden" else value.replace("\n", "").replace("\r", ""))

    def _add(self, name: str | None, value: str) -> None:
        if name:
            self.data.setdefault(name, []).append(value)
