"""Every language is whole: each message of the code has its words, with the same blanks to fill; and is compiled."""

import re
import shutil
import subprocess
import sys
from gettext import GNUTranslations
from pathlib import Path

import polib
import pytest
from django.conf import settings

from tests.databases import note_missing
from tests.guards.tree import PACKAGE, ROOT, TEMPLATES

LOCALES = PACKAGE / "locale"
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
BLANK = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|</?\w+[^>]*>")

Key = tuple[str, str, str]
"""Context, message, its plural."""


def words(language: str) -> polib.POFile:
    return polib.pofile(str(LOCALES / language / "LC_MESSAGES" / "django.po"))


def key(entry: polib.POEntry) -> Key:
    return entry.msgctxt or "", entry.msgid, entry.msgid_plural


def forms(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_out(language: str) -> None:
    missing = [entry.msgid for entry in words(language) if not all(forms(entry)) or entry.fuzzy or entry.obsolete]

    assert not missing


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_blanks_are_the_same(language: str) -> None:
    wrong = []
    for entry in words(language):
        allowed = set(BLANK.findall(entry.msgid + entry.msgid_plural))
        for number, form in enumerate(forms(entry)):
            needed = set(BLANK.findall(entry.msgid)) & set(BLANK.findall(entry.msgid_plural or entry.msgid))
            last = number == len(forms(entry)) - 1
            found = set(BLANK.findall(form))
            if not found <= allowed or (last and not needed <= found):
                wrong.append((entry.msgid, form))

    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_compiled(language: str) -> None:
    with (LOCALES / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = GNUTranslations(file)
    stale = []
    for entry in words(language):
        if entry.msgid_plural:
            found = {compiled.ngettext(entry.msgid, entry.msgid_plural, number) for number in (1, 2)}
        elif entry.msgctxt:
            found = {compiled.pgettext(entry.msgctxt, entry.msgid)}
        else:
            found = {compiled.gettext(entry.msgid)}
        if found != set(forms(entry)):
            stale.append(entry.msgid)

    assert not stale


def test_they_are_the_messages_of_the_code(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if shutil.which("xgettext") is None:
        missing = "gettext: the program xgettext was not found; whether every message is translated was not tested"
        note_missing(request.config, missing)
        pytest.skip(missing)
    for folder in (PACKAGE, TEMPLATES):
        shutil.copytree(folder, tmp_path / folder.name, ignore=shutil.ignore_patterns("__pycache__", "*.mo", "*.po"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    command = [sys.executable, "manage.py", "makemessages", "--no-location", "--no-wrap", "-v0"]
    subprocess.run(
        [*command, *(f"--locale={language}" for language in LANGUAGES)], cwd=tmp_path, check=True, capture_output=True
    )

    for language in LANGUAGES:
        made = polib.pofile(str(tmp_path / "assistants_app" / "locale" / language / "LC_MESSAGES" / "django.po"))
        assert {key(entry) for entry in words(language)} == {key(entry) for entry in made}
