"""What a name, and what a longer text, may be made of: nothing that nobody sees, or that turns what they see.

A character that overrides the direction of reading lets "gpj.exe" look like "exe.jpg"; one that controls a terminal, or
ends a line, lets a name pretend in a list or in a log to be more than one. Marks that belong to writing, such as those
of Hebrew, Arabic and Persian (U+200C to U+200F), stay.
"""

import re

from assistants_app.domain.json_values import text_fault
from assistants_app.domain.language import gettext as _

_TURNING = "\u202a-\u202e\u2066-\u2069"
_IN_A_NAME = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_TURNING}]")
_IN_A_TEXT = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_TURNING}]")


def name_fault(text: str) -> str | None:
    """Why a text cannot be a name, which is one line, or None."""
    return text_fault(text) or _told(_IN_A_NAME, text)


def prose_fault(text: str) -> str | None:
    """Why a text of any number of lines cannot be kept, or None."""
    return text_fault(text) or _told(_IN_A_TEXT, text)


def seen_line(text: str) -> str:
    """What of a text can stand in one line, where nobody is there to be asked for another."""
    return _IN_A_NAME.sub("", " ".join(text.encode("utf-8", "ignore").decode().split()))


def _told(unwanted: re.Pattern[str], text: str) -> str | None:
    found = unwanted.search(text)
    if found is None:
        return None
    said = _("the text holds a control character, which nobody would see (U+%(code)s)")
    return said % {"code": f"{ord(found.group()):04X}"}
