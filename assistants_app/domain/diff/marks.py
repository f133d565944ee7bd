"""Makes visible what a reader would not see: white space that matters, and characters that have no shape.

A prompt may hide instructions in tag characters, or read otherwise than it runs through bidirectional controls;
a change of a single no-break space must be as plain as a changed word.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from assistants_app.domain.diff.words import Span
from assistants_app.domain.language import gettext as _
from assistants_app.domain.language import ngettext


class MarkSpace(StrEnum):
    """Which white space gets a mark: where it changed or is easily missed, or everywhere."""

    CHANGES = "changes"
    ALL = "all"


ALL: Final = MarkSpace.ALL


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line as it is shown.

    With a `mark`, that stands for the text, or before it: the text itself is kept where it is safe to copy. `name`
    says in words what it is. `left_out` counts letters that are not shown for length.
    """

    text: str
    changed: bool = False
    mark: str = ""
    name: str = ""
    left_out: int = 0

    @property
    def named(self) -> bool:
        """Whether the mark takes room of its own; the others lie over the white space that they mark."""
        return bool(self.mark) and (not self.text or bool(self.text.strip(" \t")))


_ABBREVIATIONS: Final = {
    "\u00a0": "NBSP", "\u00ad": "SHY", "\u034f": "CGJ", "\u061c": "ALM", "\u180e": "MVS",
    "\u200b": "ZWSP", "\u200c": "ZWNJ", "\u200d": "ZWJ", "\u200e": "LRM", "\u200f": "RLM",
    "\u2028": "LSEP", "\u2029": "PSEP", "\u202a": "LRE", "\u202b": "RLE", "\u202c": "PDF", "\u202d": "LRO",
    "\u202e": "RLO", "\u202f": "NNBSP", "\u2060": "WJ", "\u2066": "LRI", "\u2067": "RLI", "\u2068": "FSI",
    "\u2069": "PDI", "\u3000": "IDSP", "\ufeff": "BOM", "\u007f": "DEL", "\u0085": "NEL",
}  # fmt: skip
_CONTROLS: Final = (
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "TAB", "LF", "VT", "FF", "CR", "SO", "SI",
    "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US",
)  # fmt: skip
_JOINERS: Final = frozenset("\u200c\u200d\ufe0e\ufe0f")
"""Emoji and several scripts need these; they are marked only when a change would else show nothing."""
_HARMLESS: Final = frozenset("\t\u00a0\u202f\u3000\u00ad")
"""Usual in honest texts: marked where they changed."""
_LOOKALIKES: Final = str.maketrans(
    "асеорхуіѕԁһјӏԛԝАВЕКМНОРСТХІЅЈοΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aceopxyisdhjlqwABEKMHOPCTXISJoABEZHIKMNOPTYX",
)
"""Cyrillic and Greek letters that look like Latin ones."""
_TWINS: Final = "".join(map(chr, _LOOKALIKES))
_SUSPECT: Final = re.compile(
    f"(?<=[A-Za-z])[{_TWINS}]|[{_TWINS}](?=[A-Za-z])|"
    "[\x00-\x09\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    "\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)
_AS_SEEN: Final = {**_LOOKALIKES, **dict.fromkeys(map(ord, _JOINERS))}
_LONGEST_LIKENESS: Final = 100_000
_SPACES: Final = re.compile(r" +")


def pieces(spans: tuple[Span, ...], space: MarkSpace, *, line_changed: bool, reveal: bool = False) -> list[Piece]:
    """The pieces of one line. `reveal` marks joiners too: without them the two sides would look alike."""
    last = len(spans) - 1
    result: list[Piece] = []
    for n, span in enumerate(spans):
        if span.left_out:
            result.append(Piece("", span.changed, left_out=span.left_out))
            continue
        # Both sides end this line as files made on Windows do: no news.
        ends_alike = n == last and not span.changed and not (line_changed and len(spans) == 1)
        text = span.text.removesuffix("\r") if ends_alike and space is not ALL else span.text
        spaces = _spaces_to_mark(text, span.changed, space, trails=line_changed and n == last)
        result += _marked(text, span.changed, spaces, everything=space is ALL, joiners=reveal and span.changed)
    return result


def looks_alike(old: str, new: str) -> bool:
    """Whether two different texts would look the same with nothing marked but white space."""
    if old == new or (old.isascii() and new.isascii()) or max(len(old), len(new)) > _LONGEST_LIKENESS:
        return False
    return _visible(old) == _visible(new)


def _visible(text: str) -> str:
    return unicodedata.normalize("NFKC", text.translate(_AS_SEEN))


def _spaces_to_mark(text: str, changed: bool, space: MarkSpace, *, trails: bool) -> list[tuple[int, int]]:
    runs = [match.span() for match in _SPACES.finditer(text)]
    if space is ALL or (changed and not text.strip(" ")):
        return runs
    if changed:
        # Within changed words a single space goes without saying, several in a row do not.
        return [(start, end) for start, end in runs if end - start > 1 or (trails and end == len(text))]
    return [(start, end) for start, end in runs if trails and end == len(text)]


def _marked(
    text: str, changed: bool, spaces: list[tuple[int, int]], *, everything: bool, joiners: bool
) -> Iterator[Piece]:
    at = 0
    for start, end in spaces:
        yield from _without_shape(text[at:start], changed, everything=everything, joiners=joiners)
        yield Piece(text[start:end], changed, "·" * (end - start), _spaces_in_words(end - start))
        at = end
    yield from _without_shape(text[at:], changed, everything=everything, joiners=joiners)


def _without_shape(text: str, changed: bool, *, everything: bool, joiners: bool) -> Iterator[Piece]:
    at = 0
    for match in _SUSPECT.finditer(text):
        character = match[0]
        kept = character in _HARMLESS or ord(character) in _LOOKALIKES
        if (character in _JOINERS and not joiners) or (kept and not (changed or everything)):
            continue
        if match.start() > at:
            yield Piece(text[at : match.start()], changed)
        yield Piece(character if kept else "", changed, _mark(character), _name(character))
        at = match.end()
    if at < len(text):
        yield Piece(text[at:], changed)


def _mark(character: str) -> str:
    if character == "\t":
        return "→"
    code = ord(character)
    if code < 0x20:
        return _CONTROLS[code]
    if 0xE0020 <= code <= 0xE007E:
        return f"TAG {chr(code - 0xE0000)}"  # invisible twins of ASCII: what they spell is shown
    return _ABBREVIATIONS.get(character, f"U+{code:04X}")


def _name(character: str) -> str:
    known = {"\t": _("tab"), "\r": _("carriage return")}
    return known.get(character) or unicodedata.name(character, f"U+{ord(character):04X}").lower()


def _spaces_in_words(count: int) -> str:
    return _("space") if count == 1 else ngettext("%(count)s space", "%(count)s spaces", count) % {"count": count}
